// Signs users up at real Better Auth servers and drives the service with their cookies, JWTs and bearer tokens.
//
// The current version is driven at length, as it comes (checks.mjs); it and older ones in the set-ups of scenarios.mjs (matrix.mjs).
//
//   npm ci --prefix tests/better-auth
//   node tests/better-auth/run.mjs [sqlite] [postgres]      (both when none is named)
//
// TASK_API names the binary; TEST_DATABASE_URL a PostgreSQL to use instead of a temporary one.

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { start } from "./processes.mjs";
import { add, fail, failures, mute, summary } from "./report.mjs";

const known = ["sqlite", "postgres"];
const closers = [];

/** Gives back, last first, whatever was opened; what cannot be given back is a failure of its own. */
async function closeAll() {
  while (closers.length > 0) {
    const [name, close] = closers.pop();
    try {
      await close();
    } catch (error) {
      fail(`closing ${name}`, error);
    }
  }
}

/** One version on one database in all its scenarios, in a process of its own, whose lines are shown when it has ended. */
async function runMatrix(version, kind, adminUrl) {
  const env = adminUrl ? { ...process.env, ADMIN_URL: adminUrl } : process.env;
  const matrix = start(process.execPath, [join(import.meta.dirname, "matrix.mjs"), version, kind], { env, killSignal: "SIGTERM" });
  closers.push([`${version} ${kind}`, async () => void matrix.child.kill()]);
  const timer = setTimeout(() => matrix.child.kill(), 600_000);
  await matrix.ended;
  clearTimeout(timer);
  add(matrix.tail(Infinity), `${version} ${kind}`);
}

/** Runs three at a time: each is a server, a service and a client, which take turns. */
async function runAllMatrices(kinds, adminUrl, versions) {
  const waiting = versions.flatMap((version) => kinds.map((kind) => [version, kind]));
  const work = async () => {
    for (let next; (next = waiting.shift()); ) await runMatrix(...next, adminUrl);
  };
  await Promise.all([work(), work(), work()]);
}

async function runOn(kind, modules, adminUrl) {
  const { openers, startBetterAuth, startService, checkAll } = modules;
  const secret = randomBytes(32).toString("base64");

  const database = await openers[kind](adminUrl);
  closers.push([`the ${kind} database`, database.close]);
  const betterAuth = await startBetterAuth({ database: database.betterAuth, secret });
  closers.push(["the Better Auth server", betterAuth.close]);
  const service = await startService({ databaseUrl: database.url, betterAuthOrigin: betterAuth.origin, secret });
  closers.push(["the service", service.close]);

  const before = failures();
  try {
    await checkAll({ kind, secret, database, betterAuth, service });
  } finally {
    if (failures() > before && closers.length > 0) showLogs(service, betterAuth);
  }
}

function showLogs(service, betterAuth) {
  console.log(`---- the end of the service's log\n${service.tail()}`);
  if (betterAuth.log.length > 0) console.log(`---- the end of Better Auth's log\n${betterAuth.log.slice(-20).join("\n")}`);
  console.log("----");
}

/** The modules that need what npm installs, so that a missing installation gets a sentence. */
async function load() {
  try {
    const parts = ["./databases.mjs", "./server.mjs", "./service.mjs", "./checks.mjs", "./cluster.mjs"];
    return Object.assign({}, ...(await Promise.all(parts.map((part) => import(part)))));
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error(`install first: npm ci --prefix tests/better-auth (${error.message.split("\n")[0]})`);
  }
}

async function main(kinds) {
  const unknown = kinds.filter((kind) => !known.includes(kind));
  if (unknown.length > 0) throw new Error(`unknown database ${unknown.join(", ")}: name ${known.join(" or ")}, or none for both`);
  const modules = await load();
  const wanted = kinds.length > 0 ? kinds : known;
  const adminUrl = await openCluster(wanted, modules);
  await runAllMatrices(wanted, adminUrl, Object.keys(modules.versions).sort());
  for (const kind of wanted) {
    try {
      await runOn(kind, modules, adminUrl);
    } catch (error) {
      fail(kind, error);
    }
  }
  await closeAll();
}

/** The PostgreSQL that all share, if one is wanted. */
async function openCluster(kinds, { startCluster }) {
  if (!kinds.includes("postgres")) return undefined;
  if (process.env.TEST_DATABASE_URL) return process.env.TEST_DATABASE_URL;
  const cluster = await startCluster();
  closers.push(["PostgreSQL", cluster.close]);
  return cluster.url;
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    console.log(`interrupted by ${signal}`);
    mute();
    closeAll().finally(() => process.exit(1));
  });
}

await main(process.argv.slice(2)).catch((error) => fail("better-auth", error));
summary();
process.exit(failures() > 0 ? 1 : 0);
