// The database that Better Auth and the service share: a SQLite file or a PostgreSQL database.
//
// Both kinds have the same members:
//   url              the service's DATABASE_URL
//   client           the connection or the connection pool
//   betterAuth       Better Auth's `database` option
//   execute          runs SQL with the parameters `$1`, `$2` in that order
//   sessionDateType  returns the type of the stored session dates
//   close            closes the connections and drops the PostgreSQL database

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
  // libsql is SQLite with the interface of better-sqlite3. Its npm package contains the binary, so nothing is compiled.
  const database = new Sqlite(file, { timeout: 5000 });
  return {
    url: `sqlite:${file}`,
    client: database,
    // Passed as a dialect: libsql's object has a member `db`, which Better Auth reads as another option.
    betterAuth: { dialect: new SqliteDialect({ database }), type: "sqlite", transaction: true },
    execute: (sql, values = []) => database.prepare(sql.replaceAll("$", "?")).run(values.map(sqliteValue)),
    sessionDateType: () => database.prepare(`select typeof("expiresAt") as kind from "session" limit 1`).get()?.kind,
    close: () => database.close(),
  };
}

/** Converts dates to text, as Better Auth's Kysely adapter does. SQLite has no timestamp type. */
const sqliteValue = (value) => (value instanceof Date ? value.toISOString() : value);

/** Creates a database on the server of `adminUrl`, or on a new temporary server without it. */
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

/** Creates an empty database on the server of `adminUrl`, owned by its user. */
async function createDatabase(adminUrl) {
  const name = `task_api_${randomBytes(6).toString("hex")}`;
  await runSql(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href });
  // Without a listener, an idle connection that the server closes ends the process. It is not a failed check.
  pool.on("error", () => {});
  return {
    url: url.href,
    client: pool,
    betterAuth: pool,
    execute: (sql, values) => pool.query(sql, values),
    sessionDateType: async () => (await pool.query(`select pg_typeof("expiresAt") as kind from "session" limit 1`)).rows[0]?.kind,
    close: async () => {
      await pool.end();
      await runSql(adminUrl, `drop database ${name} with (force)`);
    },
  };
}
