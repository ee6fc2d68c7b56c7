// Records the statements of a version on PostgreSQL: see README.md.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { startCluster } from "../../better-auth/cluster.mjs";
import { openers } from "../../better-auth/databases.mjs";
import { startService } from "../../better-auth/service.mjs";

const secret = "a secret of the recording, of 32 bytes or more";
const cluster = await startCluster({ log_statement: "all", log_line_prefix: "%p ", log_destination: "stderr" });
const database = await openers.postgres(cluster.url);
const variables = { POOL_SIZE: "1", JWKS_FILE: "/dev/null" };
const service = await startService({ databaseUrl: database.url, betterAuthOrigin: "http://localhost:0", secret, variables });

const env = { PATH: process.env.PATH, BETTER_AUTH_SECRET: secret, DATABASE_URL: "sqlite:none.db", ENV_FILE: "/dev/null" };
const token = execFileSync(process.env.TASK_API, ["mint", "jwt", "--user", "alice"], { env, encoding: "utf8" }).trim();

async function send(method, path, body, headers = {}) {
  const all = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers };
  const response = await fetch(`${service.origin}/api/tasks${path}`, { method, headers: all, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.json().catch(() => null);
}

const task = { title: "Created", description: "text", tags: ["a", "b"], due_date: "2026-12-01", recurrence_rule: "FREQ=DAILY", priority: "high" };
const first = await send("POST", "", task);
await send("POST", "", { title: "With a key" }, { "Idempotency-Key": "key" });
await send("POST", "", { title: "With a key" }, { "Idempotency-Key": "key" });
await send("GET", `/${first.id}`);
for (const query of ["", "?status=pending&search=creat&tags=a&priority=high&sort=due_date&limit=1", "?due=overdue&count=exact", "?updated_since=2026-01-01T00:00:00Z"]) {
  await send("GET", query);
}
await send("PATCH", `/${first.id}`, { title: "Renamed", due_date: null, recurrence_rule: null }, { "If-Match": `"${first.id}-1"` });
const repeating = await send("POST", "", task);
await send("PATCH", `/${repeating.id}/complete`);
await send("DELETE", `/${repeating.id}`);
await send("POST", `/${repeating.id}/restore`);
await send("DELETE", `/${repeating.id}?permanent=true`);
await send("POST", "/bulk", { operations: [{ op: "create", title: "In a bulk" }] });
await send("GET", "/stats");
await fetch(`${service.origin}/api/tasks/export?format=csv`, { headers: { Authorization: `Bearer ${token}` } }).then((r) => r.text());

await service.close();
await database.close();
await cluster.close();

/** Reads the statements with their parameters, each with the number of its connection. */
function read(log) {
  const statements = [];
  // A line that continues a statement begins with a tab.
  for (const line of log.replaceAll("\n\t", " ").split("\n")) {
    const [, connection, kind, text] = /^(\d+) (LOG|DETAIL):  (.*)$/.exec(line) ?? [];
    const [, sql] = /^(?:execute [^:]+|statement): (.*)$/.exec(text ?? "") ?? [];
    if (kind === "LOG" && sql) statements.push({ connection, sql });
    const [, list] = /^parameters: (.*)$/.exec(text ?? "") ?? [];
    if (kind === "DETAIL" && list) {
      const last = statements.findLast((statement) => statement.connection === connection);
      const values = [...list.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/g)].map(([, value]) => value);
      last.sql = last.sql.replace(/\$(\d+)/g, (_, number) => values[number - 1]);
    }
  }
  return statements;
}

const statements = read(cluster.log());
const { connection } = statements.find(({ sql }) => /insert into "?tasks/i.test(sql));
const lines = statements.filter((statement) => statement.connection === connection).map(({ sql }) => `${sql.replace(/\s+/g, " ").trim().replace(/;$/, "")};`);
writeFileSync(join(import.meta.dirname, "postgres.sql"), `-- Recorded by record.mjs: see README.md.\n${lines.join("\n")}\n`);
console.log(`${lines.length} statements`);
process.exit(0);
