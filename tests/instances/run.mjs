// Several instances of the service on one PostgreSQL behind nginx: what one makes the others know, and they are restarted one after the
// other while people work, without a failed call.
//
//   npm ci --prefix tests/better-auth              (its PostgreSQL client is used here too)
//   node tests/instances/run.mjs [--long] [--pgbouncer=session|transaction] [--abrupt]
//
//   --long        more instances, more rounds, and PgBouncer as well
//   --pgbouncer   PgBouncer in between; with `transaction` the service is told PREPARED_STATEMENTS=off
//   --abrupt      without SHUTDOWN_DELAY. Then calls may fail that must not be sent twice (POST, PATCH): they are counted, and nothing
//                 acknowledged may be lost all the same
//
// TASK_API names the binary. Needs PostgreSQL's server programs, nginx, and PgBouncer where it is asked for.

import { parseArgs } from "node:util";

import { runSql, startCluster, unprivilegedAccount } from "../better-auth/cluster.mjs";
import { freePort } from "../better-auth/processes.mjs";
import { checker, fail, failures, group, summary } from "../better-auth/report.mjs";
import { carriedOver, migratedOnce, raced } from "./checks.mjs";
import { secret } from "./client.mjs";
import { Instance, Nginx, startPgbouncer, until } from "./fleet.mjs";
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
    await until("PgBouncer", () => runSql(url.href, "select 1").catch(() => false));
  }
  // Patient, and with few connections: on a machine that is busy with something else, slowness is not what this looks for.
  const patient = { POOL_SIZE: "4", POOL_WAIT: "20s", STATEMENT_TIMEOUT: "30s", SHUTDOWN_DELAY: options.abrupt ? "" : "4s" };
  const settings = { DATABASE_URL: url.href, BETTER_AUTH_SECRET: secret, ...patient };
  if (pgbouncer === "transaction") settings.PREPARED_STATEMENTS = "off";
  const instances = [];
  for (let number = 0; number < count; number += 1) instances.push(new Instance(await freePort(), settings));
  const nginx = new Nginx(await freePort(), instances);
  closers.push(async () => {
    for (const { process } of instances) process?.child.kill("SIGKILL");
    // Not by SIGKILL, which its workers would outlive.
    nginx.process?.child.kill("SIGTERM");
    await nginx.process?.ended;
  });

  await group(async () => {
    await need("all start at once on an empty database", () => Promise.all(instances.map((instance) => instance.start())));
    await check("each migration was applied by one of them", () => migratedOnce(instances));
    await check("keys, cursors and tags of one are good at another", () => carriedOver(instances));
    await check("what all do at once is done once", () => raced(instances));
    await need("nginx starts with the deployed configuration", () => nginx.start());
    await rollingRestart({ check, need, instances, nginx, rounds });
  });
  if (failures() > 0) for (const { process } of [nginx, ...instances]) if (process) console.log(process.tail(15));
}

async function rollingRestart({ check, need, instances, nginx, rounds }) {
  const load = startLoad(nginx.origin, 12);
  const moreCalls = async (more) => {
    const enough = load.calls() + more;
    await until("calls to be answered", () => load.calls() >= enough);
  };
  await moreCalls(300);
  await check(`${rounds * instances.length} restarts one after the other under load`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      for (const instance of instances) {
        await instance.stop();
        await moreCalls(50);
        await instance.start();
        await moreCalls(100);
      }
    }
  });
  const failed = await load.stop();
  await check(`none of ${load.calls()} calls failed`, () => {
    const excused = failed.filter(({ method }) => options.abrupt && ["POST", "PATCH"].includes(method));
    if (excused.length > 0) console.log(`      ${excused.length} POST and PATCH failed`);
    const seen = failed.filter((failure) => !excused.includes(failure)).map(({ what }) => what);
    if (seen.length > 0) throw new Error(`${seen.length} failed, such as\n${seen.slice(0, 10).join("\n")}`);
  });
  await need("what was acknowledged is there, once", () => load.check());
}

const bouncer = options.pgbouncer;
const runs = options.long
  ? [
      { count: 2, rounds: 10 },
      { count: 4, rounds: 5 },
      { count: 4, rounds: 2, pgbouncer: bouncer ?? "session" },
    ]
  : [{ count: 2, rounds: 2, pgbouncer: bouncer }, { count: 4, rounds: 1, pgbouncer: bouncer }];

// Whatever was started ends with the runner (processes.mjs).
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
