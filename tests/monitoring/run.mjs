// Loads deploy/prometheus/alerts.yml into a real Prometheus, and makes each alert fire by breaking what it watches. Runs the queries of
// deploy/grafana/task-api.json on the same metrics, and checks the dashboard with Grafana's types.
//
//   npm ci --prefix tests/better-auth; npm ci --prefix tests/monitoring
//   node tests/monitoring/run.mjs
//
// TASK_API is the path of the binary. Needs prometheus and promtool (Debian: apt-get install prometheus) and PostgreSQL.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";

import { runSql, startCluster } from "../better-auth/cluster.mjs";
import { openers } from "../better-auth/databases.mjs";
import { freePort, start, stop, temporaryDirectory, waitUntilReady } from "../better-auth/processes.mjs";
import { checker, fail, failures, group, summary } from "../better-auth/report.mjs";
import { startService } from "../better-auth/service.mjs";

const repository = resolve(import.meta.dirname, "../..");
const rulesFile = join(repository, "deploy/prometheus/alerts.yml");
const dashboardFile = join(repository, "deploy/grafana/task-api.json");
const home = temporaryDirectory("task-api-monitoring-");
const closers = [];

/** The longest wait for an alert, in milliseconds. */
const PATIENCE = 60_000;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** The rules with shorter times. A rule fires within seconds, and its expression is otherwise that of the file. */
function shortenedRules() {
  const rules = readFileSync(rulesFile, "utf8");
  const shortened = rules.replace(/for: \w+/g, "for: 1s").replace(/\[\d+m\]/g, "[15s]").replace("> 3600", "> 12");
  assert.ok(!/\[\d+m\]|3600/.test(shortened));
  return { shortened, names: [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name) };
}

/** A key set that can be stopped. */
async function startKeySet() {
  const server = createServer((_request, response) => response.end('{"keys":[]}')).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((done) => server.close(done));
  };
  closers.push(close);
  return { url: `http://127.0.0.1:${server.address().port}/jwks`, close };
}

async function startPrometheus(target, rules) {
  writeFileSync(join(home, "alerts.yml"), rules);
  const configuration = `
global: { scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s }
rule_files: [alerts.yml]
scrape_configs: [{ job_name: task-api, static_configs: [{ targets: ["${target}"] }] }]
`;
  writeFileSync(join(home, "prometheus.yml"), configuration);
  const port = await freePort();
  const args = [`--config.file=${join(home, "prometheus.yml")}`, `--storage.tsdb.path=${join(home, "data")}`, `--web.listen-address=127.0.0.1:${port}`];
  const prometheus = start("prometheus", args, { cwd: home });
  closers.push(() => stop(prometheus));
  const origin = `http://127.0.0.1:${port}`;
  await waitUntilReady(prometheus, async () => (await fetch(`${origin}/-/ready`)).ok);
  const get = async (path) => {
    const { status, data, error } = await (await fetch(`${origin}/api/v1/${path}`)).json();
    assert.equal(status, "success", error);
    return data;
  };
  return {
    firing: async () => (await get("alerts")).alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname),
    rules: async () => (await get("rules")).groups.flatMap(({ rules }) => rules),
    query: async (expression) => (await get(`query?query=${encodeURIComponent(expression)}`)).result,
  };
}

/** Calls `action` until the condition holds. */
async function until(what, condition, action = async () => {}) {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await pause(200)) {
    if (await condition()) return;
    await action();
  }
  throw new Error(`${what}: not within ${PATIENCE / 1000} s`);
}

async function checkAlerts({ check, need }) {
  const { shortened, names } = shortenedRules();
  const fired = new Set();
  const cluster = await startCluster();
  let hasDatabase = true;
  closers.push(() => hasDatabase && cluster.close());
  const { url } = await openers.postgres(cluster.url);
  const keySet = await startKeySet();
  const metricsPort = await freePort();
  const secret = randomBytes(32).toString("base64");
  const variables = {
    METRICS_ADDR: `127.0.0.1:${metricsPort}`,
    JWKS_URL: keySet.url,
    POOL_SIZE: "1",
    POOL_WAIT: "30s",
    STATEMENT_TIMEOUT: "30s",
  };
  const service = await startService({ databaseUrl: url, betterAuthOrigin: "http://localhost:0", secret, variables });
  let isRunning = true;
  closers.push(() => isRunning && service.close());
  const prometheus = await startPrometheus(`127.0.0.1:${metricsPort}`, shortened);

  const token = mint(secret);
  const call = (bearer = token, method = "GET") =>
    fetch(`${service.origin}/api/ada/tasks`, { method, headers: { Authorization: `Bearer ${bearer}` } }).then((r) => r.status, () => 0);
  /** A token whose key is unknown, so that the service fetches its key set. */
  const unknownKey = () => call([{ alg: "EdDSA", kid: randomBytes(4).toString("hex") }, { sub: "ada" }, 0].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join("."));

  const expectFired = async (name, action) => {
    await until(name, async () => (await prometheus.firing()).includes(name), action);
    fired.add(name);
  };
  const expectSilent = (name, action) => until(`${name} ends`, async () => !(await prometheus.firing()).includes(name), action);
  const goodCalls = async () => void (await call());

  await need("the rules are valid, and load into Prometheus", async () => {
    execFileSync("promtool", ["check", "rules", rulesFile], { stdio: "pipe" });
    execFileSync("promtool", ["test", "rules", join(import.meta.dirname, "alerts.test.yml")], { stdio: "pipe" });
    const rules = await prometheus.rules();
    assert.deepEqual(rules.map(({ name }) => name), names);
  });
  await need("no alert fires while everything works", async () => {
    for (let second = 0; second < 6; second += 1) {
      for (let number = 0; number < 5; number += 1) assert.equal(await call(), 200);
      await unknownKey();
      await pause(1000);
    }
    assert.deepEqual((await prometheus.firing()), []);
    for (const { name, health, lastError } of await prometheus.rules()) assert.equal(health, "ok", `${name}: ${lastError}`);
  });
  await check("the dashboard's queries run, and name metrics that exist", () => checkDashboardQueries(prometheus));
  await check("TaskApiCredentialsRefused fires for guessed credentials", () =>
    expectFired("TaskApiCredentialsRefused", () => Promise.all(Array.from({ length: 8 }, () => call("a.b")))),
  );
  await check("TaskApiPoolNearlyDry and TaskApiPoolWaits fire while a lock holds the only connection", async () => {
    const released = runSql(url, "begin; lock table tasks; select pg_sleep(12); commit");
    await pause(500);
    const waiting = Array.from({ length: 6 }, () => call());
    await expectFired("TaskApiPoolNearlyDry");
    await released;
    await Promise.all(waiting);
    await expectFired("TaskApiPoolWaits");
  });
  await check("TaskApiFaults fires for internal errors", async () => {
    await runSql(url, "alter table tasks rename column description to renamed");
    await expectFired("TaskApiFaults", async () => assert.equal(await call(), 500));
    await runSql(url, "alter table tasks rename column renamed to description");
  });
  await check("TaskApiKeySetOld fires when the key set cannot be fetched any more", async () => {
    await expectSilent("TaskApiKeySetOld", unknownKey);
    await keySet.close();
    await expectFired("TaskApiKeySetOld", unknownKey);
  });
  await check("TaskApiUnavailable fires without a database", async () => {
    await expectSilent("TaskApiUnavailable", goodCalls);
    hasDatabase = false;
    await cluster.close();
    // these calls wait for the database, and get 503
    await expectFired("TaskApiUnavailable", async () => void Promise.all([call(), call()]));
  });
  await check("TaskApiDown fires without the service", async () => {
    isRunning = false;
    await service.close();
    await expectFired("TaskApiDown");
  });
  await check("every alert has fired", () => assert.deepEqual([...fired].sort(), [...names].sort()));
}

function mint(secret) {
  const env = { PATH: process.env.PATH, BETTER_AUTH_SECRET: secret, DATABASE_URL: `sqlite:${join(home, "none.db")}` };
  return execFileSync(process.env.TASK_API, ["mint", "jwt", "--user", "ada"], { env, cwd: home, encoding: "utf8" }).trim();
}

const dashboard = JSON.parse(readFileSync(dashboardFile, "utf8"));
const expressions = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr]));

async function checkDashboardQueries(prometheus) {
  assert.ok(expressions.length >= 12);
  const missing = [];
  for (const [title, expression] of expressions) {
    const runnable = expression.replaceAll("$__rate_interval", "15s").replaceAll("$instance", ".*");
    assert.ok(!runnable.includes("$"), `${title}: unknown variable in ${expression}`);
    await prometheus.query(runnable);
    for (const [name] of expression.matchAll(/task_api_\w+/g)) {
      // Counters without a sample yet have a type all the same.
      const known = (await prometheus.query(`count({__name__=~"${name}"})`)).length > 0;
      if (!known) missing.push(`${title}: ${name}`);
    }
  }
  // Counted only after the first error.
  const rare = /database_errors_total|session_source_errors_total|rate_limited_total|key_set_refreshes_total/;
  assert.deepEqual(missing.filter((line) => !rare.test(line)), []);
}

/** Compiles the dashboard as a constant of Grafana's type. */
function checkDashboardTypes() {
  const file = join(import.meta.dirname, "dashboard.check.ts");
  const type = 'import type { Dashboard } from "./node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen";';
  writeFileSync(file, `${type}\nexport const dashboard: Dashboard = ${JSON.stringify(dashboard, null, 2)};\n`);
  const tsc = join(import.meta.dirname, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler", file], {
    stdio: "pipe",
    encoding: "utf8",
  });
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const checks = checker("monitoring");
await checks.check("the dashboard has Grafana's types", () => {
  try {
    checkDashboardTypes();
  } catch (error) {
    throw new Error(error.stdout || error.message);
  }
});
await group(() => checkAlerts(checks)).catch((error) => fail("monitoring", error));
for (const close of closers.reverse()) await close();
summary();
process.exit(failures() > 0 ? 1 : 0);
