// Tests the change feed with its clients, on two instances and one PostgreSQL behind nginx: the package eventsource, Chromium and RxDB.
//
//   npm ci --prefix tests/better-auth; npm ci --prefix tests/browser; npm ci --prefix tests/feed; npm ci --prefix examples/rxdb
//   node tests/feed/run.mjs [--long]      (./test.sh --feed: the long form)
//
//   --long     10,000 events over 50 reconnects, and 2,000 writes with a kill every ten seconds
//
// TASK_API is the path of the service's binary, CHROMIUM that of the browser.

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";

import { runSql, startCluster } from "../better-auth/cluster.mjs";
import { freePort, temporaryDirectory } from "../better-auth/processes.mjs";
import { checker, fail, failures, group, summary } from "../better-auth/report.mjs";
import { findBinary } from "../better-auth/service.mjs";
import { startBrowser } from "../browser/tabs.mjs";
import { secret } from "../instances/client.mjs";
import { endFleet, Instance, Nginx } from "../instances/fleet.mjs";
import { expectDocumentedCodeToFollow } from "./docs.checks.mjs";
import { expectEventsOnce } from "./events.checks.mjs";
import { expectStoresToAgree } from "./rxdb.checks.mjs";

const { values: options } = parseArgs({ options: { long: { type: "boolean" } } });
const size = options.long
  ? { events: 10_000, cuts: 50, writes: 2000, interruptions: 12 }
  : { events: 600, cuts: 5, writes: 300, interruptions: 3 };

const closers = [];

async function run() {
  const { check, need } = checker("change feed");
  const cluster = await startCluster();
  closers.push(cluster.close);
  const relaxed = { POOL_SIZE: "4", POOL_WAIT: "20s", STATEMENT_TIMEOUT: "30s", TASK_QUOTA: "20000" };
  await runSql(cluster.url, "create database feed");
  const url = new URL(cluster.url);
  url.pathname = "/feed";
  const settings = { DATABASE_URL: url.href, BETTER_AUTH_SECRET: secret, ...relaxed };
  await createBetterAuthTables(url.href);
  const instances = [new Instance(await freePort(), settings), new Instance(await freePort(), settings)];
  const nginx = new Nginx(await freePort(), instances);
  closers.push(() => endFleet(nginx, instances));
  await group(async () => {
    await need("two instances and nginx start", async () => {
      await Promise.all(instances.map((instance) => instance.start()));
      await nginx.start();
    });
    const browser = await startBrowser();
    closers.push(() => browser.close());
    const cookie = mintCookie("follower", settings);
    await check(`${size.events} events over ${size.cuts} cut connections: none is missed, none is repeated`, () =>
      expectEventsOnce({ nginx, browser, cookie, ...size }),
    );
    for (const [language, program, file] of [["js", "node", "follow.mjs"], ["python", "python3", "follow.py"]]) {
      await check(`the code of docs/change-feed.md in ${language}`, () => expectDocumentedCodeToFollow({ nginx, language, program, file }));
    }
    let kills = 0;
    const interrupt = async () => {
      kills += 1;
      // PostgreSQL and each instance in turn
      if (kills % 3 === 2) return cluster.crash();
      const instance = instances[kills % instances.length];
      instance.process.child.kill("SIGKILL");
      await instance.process.ended;
      await instance.start();
    };
    await check(`RxDB: ${size.writes} writes of two clients, with ${size.interruptions} kills`, () =>
      expectStoresToAgree({ nginx, interrupt, ...size }),
    );
  });
  if (failures() > 0) for (const { process } of [nginx, ...instances]) if (process) console.log(process.tail(15));
}

/** Creates the tables of Better Auth that a session cookie needs. */
const createBetterAuthTables = (url) =>
  runSql(
    url,
    `create table "user" (id text primary key, name text not null, email text not null unique, "emailVerified" boolean not null,
      image text, "createdAt" timestamptz not null, "updatedAt" timestamptz not null);
    create table session (id text primary key, "expiresAt" timestamptz not null, token text not null unique,
      "createdAt" timestamptz not null, "updatedAt" timestamptz not null, "ipAddress" text, "userAgent" text, "userId" text not null)`,
  );

/** Returns a session cookie `name=value` of a user. */
function mintCookie(user, settings) {
  const cwd = temporaryDirectory("task-api-mint-");
  const output = execFileSync(findBinary(), ["mint", "cookie", "--user", user], { cwd, env: { PATH: process.env.PATH, ...settings } });
  return String(output).trim().split("\n").at(-1);
}

// The exit handler of processes.mjs stops the child processes.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

try {
  await run();
} catch (error) {
  fail("change feed", error);
}
for (const close of closers.reverse()) await close();
summary();
process.exit(failures() > 0 ? 1 : 0);
