// Tests the example apps of the crate better-auth-guard with the credentials of real Better Auth servers, one for each version.
//
//   npm ci --prefix tests/better-auth
//   (cd examples/guard-actix && CARGO_TARGET_DIR=$PWD/../../target cargo build)        and guard-axum
//   node tests/better-auth/guard.mjs [FOLDER OF THE BINARIES]                           (default: target/debug)
//
// The apps share no database with Better Auth: they look up sessions with get-session.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";

import { apiClient } from "./client.mjs";
import { openers } from "./databases.mjs";
import { checkCredentials, checkFailedAttempts, checkOutage, newUser } from "./guard.checks.mjs";
import { start, stop, temporaryDirectory, waitUntilReady } from "./processes.mjs";
import { checker, fail, failures, group, summary } from "./report.mjs";
import { startBetterAuth, versions } from "./server.mjs";

const repository = resolve(import.meta.dirname, "../..");
const binaries = resolve(process.argv[2] ?? join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug"));
const examples = ["guard-actix", "guard-axum"];

/** Starts an example app on a free port. Returns `{ name, call, tail, close }`. */
async function startExample(name, { origin, secret }) {
  const cwd = temporaryDirectory(`${name}-`);
  const env = { PATH: process.env.PATH, HOME: cwd, RUST_BACKTRACE: "1", BETTER_AUTH_URL: origin, BETTER_AUTH_SECRET: secret, PORT: "0" };
  const app = start(join(binaries, name), [], { cwd, env });
  let address;
  await waitUntilReady(app, async () => (address = /^listening on (127\.0\.0\.1:\d+)$/m.exec(app.tail())?.[1]) !== undefined);
  return { name, call: apiClient(`http://${address}`), tail: app.tail, close: () => stop(app) };
}

/** Tests both apps with one version of Better Auth. */
async function run(version) {
  const closers = [];
  const closeLater = (resource) => (closers.push(resource.close), resource);
  const failuresBefore = failures();
  const apps = [];
  let betterAuth;
  try {
    const secret = randomBytes(32).toString("base64");
    const database = closeLater(await openers.sqlite());
    betterAuth = closeLater(await startBetterAuth({ database: database.betterAuth, secret, version }));
    for (const name of examples) apps.push(closeLater(await startExample(name, { origin: betterAuth.origin, secret })));
    const ready = [];
    for (const [index, app] of apps.entries()) {
      await group(async () => {
        const context = { checks: checker(`${version}, ${app.name}`), call: app.call, secret, betterAuth };
        ready.push({ ...context, app, user: await newUser(context, `user${index}@example.com`) });
        await checkCredentials(ready.at(-1));
      });
    }
    await betterAuth.close();
    for (const context of ready) {
      await group(() => checkOutage(context));
      await group(() => checkFailedAttempts(context));
    }
    for (const { checks, app } of ready) {
      await checks.check("the app stops on SIGTERM with exit code 0", async () => {
        assert.equal((await app.close()).outcome, "exit code 0");
      });
    }
  } catch (error) {
    fail(version, error);
  }
  if (failures() > failuresBefore) {
    for (const app of apps) console.log(`---- the end of the log of ${app.name}\n${app.tail(15)}`);
    console.log(`---- the end of Better Auth's log\n${betterAuth?.log.slice(-8).join("\n")}\n----`);
  }
  for (const close of closers.reverse()) await close();
}

// The exit handler of processes.mjs stops the apps. A signal alone does not run it.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

for (const version of Object.keys(versions).sort().reverse()) await run(version);
summary();
process.exit(failures() > 0 ? 1 : 0);
