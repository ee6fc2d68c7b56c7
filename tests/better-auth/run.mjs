// Tests the service with the cookies, JWTs and bearer tokens of real Better Auth servers.
//
// checks.mjs tests the current version with default options in detail. matrix.mjs runs scenarios.mjs on it and on older versions.
//
//   npm ci --prefix tests/better-auth
//   node tests/better-auth/run.mjs [sqlite] [postgres]      (default: both)
//
// TASK_API is the path of the binary. TEST_DATABASE_URL is a PostgreSQL to use instead of a temporary one.

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { start } from "./processes.mjs";
import { addResults, fail, failures, mute, summary } from "./report.mjs";

const supportedKinds = ["sqlite", "postgres"];
const closers = [];

/** Closes all resources in reverse order. A failed close counts as a failed check. */
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

/** Runs all scenarios of one version on one database in a child process. Prints its output when it ends. */
async function runMatrix(version, kind, adminUrl) {
  const env = adminUrl ? { ...process.env, ADMIN_URL: adminUrl } : process.env;
  const matrix = start(process.execPath, [join(import.meta.dirname, "matrix.mjs"), version, kind], { env, killSignal: "SIGTERM" });
  closers.push([`${version} ${kind}`, async () => void matrix.child.kill()]);
  const timer = setTimeout(() => matrix.child.kill(), 600_000);
  await matrix.ended;
  clearTimeout(timer);
  addResults(matrix.tail(Infinity), `${version} ${kind}`);
}

/** Runs all matrices, three at a time. Each has a server, a service and a client, of which one works at a time. */
async function runAllMatrices(kinds, adminUrl, versions) {
  const queue = versions.flatMap((version) => kinds.map((kind) => [version, kind]));
  const runQueue = async () => {
    for (let next; (next = queue.shift()); ) await runMatrix(...next, adminUrl);
  };
  await Promise.all([runQueue(), runQueue(), runQueue()]);
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

  const failuresBefore = failures();
  try {
    await checkAll({ kind, secret, database, betterAuth, service });
  } finally {
    if (failures() > failuresBefore && closers.length > 0) showLogs(service, betterAuth);
  }
}

function showLogs(service, betterAuth) {
  console.log(`---- the end of the service's log\n${service.tail()}`);
  if (betterAuth.log.length > 0) console.log(`---- the end of Better Auth's log\n${betterAuth.log.slice(-20).join("\n")}`);
  console.log("----");
}

/** Imports the modules that need npm packages. Reports missing packages with the install command. */
async function loadModules() {
  try {
    const files = ["./databases.mjs", "./server.mjs", "./service.mjs", "./checks.mjs", "./cluster.mjs"];
    return Object.assign({}, ...(await Promise.all(files.map((file) => import(file)))));
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error(`npm packages are missing: run npm ci --prefix tests/better-auth (${error.message.split("\n")[0]})`);
  }
}

async function main(kinds) {
  const unknown = kinds.filter((kind) => !supportedKinds.includes(kind));
  if (unknown.length > 0) throw new Error(`unknown database ${unknown.join(", ")}: accepted are ${supportedKinds.join(" and ")} (default: both)`);
  const modules = await loadModules();
  const selected = kinds.length > 0 ? kinds : supportedKinds;
  const adminUrl = await openCluster(selected, modules);
  await runAllMatrices(selected, adminUrl, Object.keys(modules.versions).sort());
  for (const kind of selected) {
    try {
      await runOn(kind, modules, adminUrl);
    } catch (error) {
      fail(kind, error);
    }
  }
  await closeAll();
}

/** Returns the URL of the PostgreSQL that all checks share, or undefined without PostgreSQL. */
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
