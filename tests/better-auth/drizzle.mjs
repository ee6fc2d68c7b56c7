// Better Auth's tables for its Drizzle adapter: columns in snake case, dates in Drizzle's format.

import { drizzle as onPostgres } from "drizzle-orm/node-postgres";
import * as pg from "drizzle-orm/pg-core";
import * as sqlite from "drizzle-orm/sqlite-core";
import { drizzle as onSqlite } from "drizzle-orm/sqlite-proxy";

/** Lists the columns of each model as `name:type`. A `?` marks a nullable column. */
const models = {
  user: "id:text name:text email:text email_verified:flag image:text? created_at:date updated_at:date",
  session: "id:text expires_at:date token:text created_at:date updated_at:date ip_address:text? user_agent:text? user_id:text",
  account:
    "id:text account_id:text provider_id:text user_id:text access_token:text? refresh_token:text? id_token:text? " +
    "access_token_expires_at:date? refresh_token_expires_at:date? scope:text? password:text? created_at:date updated_at:date",
  verification: "id:text identifier:text value:text expires_at:date created_at:date? updated_at:date?",
  jwks: "id:text public_key:text private_key:text created_at:date expires_at:date? alg:text? crv:text?",
};

const sqlTypes = {
  sqlite: { text: "text", flag: "integer", date: "integer" },
  postgres: { text: "text", flag: "boolean", date: "timestamp" },
};

const builders = {
  sqlite: { text: (name) => sqlite.text(name), flag: (name) => sqlite.integer(name, { mode: "boolean" }) },
  postgres: { text: (name) => pg.text(name), flag: (name) => pg.boolean(name), date: (name) => pg.timestamp(name) },
};

/** Creates the tables and returns the adapter's `db` and `schema`. `mode` is Drizzle's date mode on SQLite. */
export async function createDrizzleTables(kind, database, { mode = "timestamp_ms", plural = false } = {}) {
  const build = { ...builders[kind] };
  build.date ??= (name) => sqlite.integer(name, { mode });
  const table = kind === "sqlite" ? sqlite.sqliteTable : pg.pgTable;
  const schema = {};
  for (const [model, text] of Object.entries(models)) {
    const name = plural ? `${model}s` : model;
    const columns = text.split(" ").map((column) => column.split(/[:?]/));
    const lines = columns.map(([column, type]) => `"${column}" ${sqlTypes[kind][type]}`);
    await database.execute(`create table "${name}" (${lines.join(", ")})`);
    schema[name] = table(name, Object.fromEntries(columns.map(([column, type]) => [camel(column), build[type](column)])));
  }
  const db = kind === "sqlite" ? onSqlite(queryProxy(database.client), { schema }) : onPostgres(database.client, { schema });
  return { db, schema };
}

const camel = (column) => column.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** Runs statements for Drizzle's proxy driver. The other SQLite drivers of Drizzle need native modules. */
const queryProxy = (client) => async (sql, parameters, method) => {
  const statement = client.prepare(sql);
  if (method === "run") {
    statement.run(parameters);
    return { rows: [] };
  }
  const rows = statement.raw().all(parameters);
  return { rows: method === "get" ? rows[0] : rows };
};
