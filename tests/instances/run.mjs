// Tests several instances of the service on one PostgreSQL behind nginx: shared state, concurrent calls, and rolling restarts under load
// without a failed call.
//
//   npm ci --prefix tests/better-auth              (installs the PostgreSQL client that this test uses too)
//   node tests/instances/run.mjs [--long] [--pgbouncer=session|transaction] [--abrupt]
//
//   --long        more instances, more rounds, and PgBouncer as well
//   --pgbouncer   PgBouncer in front of PostgreSQL; `transaction` sets PREPARED_STATEMENTS=off
//   --abrupt      without SHUTDOWN_DELAY. Failed POST and PATCH calls are counted and accepted, because nginx must not send them twice.
//                 No acknowledged write may be lost.
//
// TASK_API is the path of the binary. Needs PostgreSQL's server programs and nginx, and PgBouncer for its option.

import { parseArgs } from "node:util";

import { runSql, startCluster, unprivilegedAccount } from "../better-auth/cluster.mjs";
import { freePort } from "../better-auth/processes.mjs";
import { checker, fail, failures, group, summary } from "../better-auth/report.mjs";
import { expectSharedState, expectMigratedOnce, expectRacesResolved } from "./checks.mjs";
import { secret } from "./client.mjs";
import { endFleet, Instance, Nginx, startPgbouncer, waitUntil } from "./fleet.mjs";
import { startLoad } from "./load.mjs";

const { values: options } = parseArgs({
  options: { long: { type: "boolean" }, pgbouncer: { type: "string" }, abrupt: { type: "boolean" } },
});

const closers = [];

async function runOn({ count, pgbouncer, rounds }, cluster) {
  const { check, need } = checker([`${count} instances`, pgbouncer && `PgBouncer (${pgbouncer})`].filter(Boolean).join(", "));
  const database = `fleet_${closers.length}_${Date.now()}`;
  await runSql(cluster.url, `create database ${database}`);
  let url = new URL(cluster.url);
  url.pathname = `/${database}`;
  if (pgbouncer) {
    const bouncer = await startPgbouncer(url.href, pgbouncer, unprivilegedAccount());
    closers.push(bouncer.close);
    url = new URL(bouncer.url);
    await waitUntil("PgBouncer", () => runSql(url.href, "select 1").catch(() => false));
  }
  // Long timeouts and few connections: a slow machine must not fail the test.
  const relaxed = { POOL_SIZE: "4", POOL_WAIT: "20s", STATEMENT_TIMEOUT: "30s", SHUTDOWN_DELAY: options.abrupt ? "" : "4s" };
  const settings = { DATABASE_URL: url.href, BETTER_AUTH_SECRET: secret, ...relaxed };
  if (pgbouncer === "transaction") settings.PREPARED_STATEMENTS = "off";
  const instances = [];
  for (let number = 0; number < count; number += 1) instances.push(new Instance(await freePort(), settings));
  const nginx = new Nginx(await freePort(), instances);
  closers.push(() => endFleet(nginx, instances));

  await group(async () => {
    await need("all instances start together on an empty database", () => Promise.all(instances.map((instance) => instance.start())));
    await check("each migration was applied by one instance", () => expectMigratedOnce(instances));
    await check("keys, cursors and ETags of one instance are accepted by another", () => expectSharedState(instances));
    await check("concurrent calls to all instances take effect once", () => expectRacesResolved(instances));
    await need("nginx starts with the deployed configuration", () => nginx.start());
    await rollingRestart({ check, need, instances, nginx, rounds });
  });
  if (failures() > 0) for (const { process } of [nginx, ...instances]) if (process) console.log(process.tail(15));
}

async function rollingRestart({ check, need, instances, nginx, rounds }) {
  const load = startLoad(nginx.origin, 12);
  const waitForCalls = async (count) => {
    const target = load.calls() + count;
    await waitUntil("responses to calls", () => load.calls() >= target);
  };
  await waitForCalls(300);
  await check(`${rounds * instances.length} rolling restarts under load`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      for (const instance of instances) {
        await instance.stop();
        await waitForCalls(50);
        await instance.start();
        await waitForCalls(100);
      }
    }
  });
  const failedCalls = await load.stop();
  await check(`none of ${load.calls()} calls failed`, () => {
    const tolerated = failedCalls.filter(({ method }) => options.abrupt && ["POST", "PATCH"].includes(method));
    if (tolerated.length > 0) console.log(`      ${tolerated.length} POST and PATCH failed`);
    const unexpected = failedCalls.filter((failure) => !tolerated.includes(failure)).map(({ message }) => message);
    if (unexpected.length > 0) throw new Error(`${unexpected.length} failed, such as\n${unexpected.slice(0, 10).join("\n")}`);
  });
  await need("each acknowledged task is stored once", () => load.check());
}

const bouncer = options.pgbouncer;
const runs = options.long
  ? [
      { count: 2, rounds: 10 },
      { count: 4, rounds: 5 },
      { count: 4, rounds: 2, pgbouncer: bouncer ?? "session" },
    ]
  : [{ count: 2, rounds: 2, pgbouncer: bouncer }, { count: 4, rounds: 1, pgbouncer: bouncer }];

// The exit handler of processes.mjs stops the child processes.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

try {
  const cluster = await startCluster();
  closers.push(cluster.close);
  for (const run of runs) await runOn(run, cluster);
} catch (error) {
  fail("instances", error);
}
for (const close of closers.reverse()) await close();
summary();
process.exit(failures() > 0 ? 1 : 0);
