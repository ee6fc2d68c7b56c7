// The database that Better Auth and the service share: a SQLite file, or a PostgreSQL database.
//
// Both kinds answer the same members:
//   url           what the service gets as DATABASE_URL
//   client        the connection, or the pool of them
//   betterAuth    what Better Auth gets as its `database` option
//   execute       runs SQL with parameters `$1`, `$2` in that order, as an operator might by hand
//   sessionDates  the type in which session dates are really stored
//   close         gives everything back

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { SqliteDialect } from "kysely";
import Sqlite from "libsql";
import pg from "pg";

import { runSql, startCluster } from "./cluster.mjs";
import { temporaryDirectory } from "./processes.mjs";

export const openers = { sqlite: openSqlite, postgres: openPostgres };

function openSqlite() {
  const file = join(temporaryDirectory("task-api-sqlite-"), "shared.db");
  // libsql is SQLite behind better-sqlite3's interface, with its binary inside the npm package: nothing to compile.
  const database = new Sqlite(file, { timeout: 5000 });
  return {
    url: `sqlite:${file}`,
    client: database,
    // Named as a dialect, because Better Auth takes libsql's object, which has a member `db`, for another option.
    betterAuth: { dialect: new SqliteDialect({ database }), type: "sqlite", transaction: true },
    execute: (sql, values = []) => database.prepare(sql.replaceAll("$", "?")).run(values.map(sqliteValue)),
    sessionDates: () => database.prepare(`select typeof("expiresAt") as kind from "session" limit 1`).get()?.kind,
    close: () => database.close(),
  };
}

/** As Better Auth's adapter for Kysely writes it: SQLite has no type for an instant. */
const sqliteValue = (value) => (value instanceof Date ? value.toISOString() : value);

/** `adminUrl` names a PostgreSQL that is there already. */
async function openPostgres(adminUrl = process.env.TEST_DATABASE_URL) {
  if (adminUrl) return createDatabase(adminUrl);
  const cluster = await startCluster();
  try {
    const database = await createDatabase(cluster.url);
    return { ...database, close: () => database.close().finally(cluster.close) };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** A fresh database beside the one of `adminUrl`, of the same user. */
async function createDatabase(adminUrl) {
  const name = `task_api_${randomBytes(6).toString("hex")}`;
  await runSql(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href });
  // An idle connection that ends on the server's side is no failure of a check; without a listener it would end the process.
  pool.on("error", () => {});
  return {
    url: url.href,
    client: pool,
    betterAuth: pool,
    execute: (sql, values) => pool.query(sql, values),
    sessionDates: async () => (await pool.query(`select pg_typeof("expiresAt") as kind from "session" limit 1`)).rows[0]?.kind,
    close: async () => {
      await pool.end();
      await runSql(adminUrl, `drop database ${name} with (force)`);
    },
  };
}
