// The database that Better Auth and the service share: a SQLite file, or PostgreSQL. DATABASE_URL is written as for the service.

import { SqliteDialect, type SqliteDatabase } from "kysely";
import { Pool } from "pg";

const url = process.env.DATABASE_URL ?? "sqlite:../../data/task-api.db";

/** Better Auth's option `database`. Nothing is opened before the first query: `next build` loads this file too. */
export const database = /^postgres(ql)?:/.test(url) ? new Pool({ connectionString: url }) : sqlite(url);

function sqlite(url: string) {
  const file = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (!file) throw new Error("DATABASE_URL must be sqlite:PATH or postgres://…");
  const open = async () => {
    // SQLite behind better-sqlite3's interface, with its binaries inside the npm package: nothing is compiled or downloaded.
    const { default: Sqlite } = await import("libsql");
    // The service writes to the same file: wait for it instead of failing.
    const opened = new Sqlite(file, { timeout: 5000 });
    // As the service does: readers and a writer do not wait for each other.
    opened.pragma("journal_mode = WAL");
    return opened as unknown as SqliteDatabase;
  };
  return { dialect: new SqliteDialect({ database: open }), type: "sqlite" as const, transaction: true };
}
