// Tests the example apps of better-auth-guard with sessions that the Rust ports of Better Auth made. README.md says how to build all.
//
//   node tests/rust-ports/run.mjs [PORT…]      (default: port-rustauth and port-better-auth)
//
// CARGO_TARGET_DIR is the folder of all builds (default: target).

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";

import { Browser, apiClient, bearer, password } from "../better-auth/client.mjs";
import { expectStatus } from "../better-auth/expect.mjs";
import { start, stop, temporaryDirectory, waitUntilReady } from "../better-auth/processes.mjs";
import { checker, fail, failures, group, summary } from "../better-auth/report.mjs";

const binaries = resolve(process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, "../../target"), "debug");
const selected = process.argv.length > 2 ? process.argv.slice(2) : ["port-rustauth", "port-better-auth"];

/** Starts a program, and waits for the line with its address. Returns `{ origin, tail, close }`. */
async function launch(name, variables) {
  const cwd = temporaryDirectory(`${name}-`);
  const program = start(join(binaries, name), [], { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...variables } });
  let address;
  await waitUntilReady(program, async () => (address = /^listening on (127\.0\.0\.1:\d+)$/m.exec(program.tail())?.[1]) !== undefined);
  return { origin: `http://${address}`, tail: program.tail, close: () => stop(program) };
}

async function authenticate(origin, path, body) {
  const browser = new Browser(origin);
  const { body: session } = await browser.request(path, { email: "ada@example.com", password, ...body });
  return { id: session.user.id, token: session.token, browser };
}

async function check(port, example, { origin, secret }) {
  const { check, need } = checker(`${port}, ${example}`);
  const app = await launch(example, { BETTER_AUTH_URL: origin, BETTER_AUTH_SECRET: secret, PORT: "0" });
  const call = apiClient(app.origin);
  try {
    const user = await need("a user signs in", () => authenticate(origin, "/sign-in/email"));
    const as = { cookie: user.browser.cookie, origin };
    const notes = `/api/${encodeURIComponent(user.id)}/notes`;
    await check("the cookie is accepted for reads and writes", async () => {
      const me = expectStatus(await call("GET", "/api/me", { as }), 200);
      assert.deepEqual(me.body, { user_id: user.id, credential: "session_cookie" });
      expectStatus(await call("POST", notes, { as, body: "t" }), 201);
      expectStatus(await call("GET", notes, { as }), 200);
    });
    await check("the signed session token is accepted as bearer", async () => {
      const value = user.browser.cookieValue("better-auth.session_token");
      expectStatus(await call("GET", notes, { as: bearer(value) }), 200);
    });
    await check("another user's path is 403, and a write without an origin too", async () => {
      expectStatus(await call("GET", `/api/${user.id}0/notes`, { as }), 403);
      expectStatus(await call("POST", notes, { as: { cookie: as.cookie }, body: "t" }), 403);
    });
    await check("the unsigned token and a cookie with a changed signature are 401", async () => {
      const value = user.browser.cookieValue("better-auth.session_token");
      const changed = value.replace(/\.(.)/, (_, first) => `.${first === "A" ? "B" : "A"}`);
      for (const forged of [user.token, changed]) {
        expectStatus(await call("GET", notes, { as: { cookie: `better-auth.session_token=${forged}` } }), 401);
      }
    });
    await check("after sign-out the cookie is 401", async () => {
      await user.browser.request("/sign-out", {});
      expectStatus(await call("GET", notes, { as }), 401);
    });
  } finally {
    if (failures() > 0) console.log(`---- the end of the app's log\n${app.tail(15)}\n----`);
    await app.close();
  }
}

async function run(port) {
  const secret = randomBytes(32).toString("base64");
  const server = await launch(port, { BETTER_AUTH_SECRET: secret });
  try {
    await group(async () => {
      const { need } = checker(port);
      await need("a user signs up", () => authenticate(server.origin, "/sign-up/email", { name: "Ada" }));
      for (const example of ["guard-actix", "guard-axum"]) {
        await group(() => check(port, example, { origin: server.origin, secret }));
      }
    });
  } finally {
    if (failures() > 0) console.log(`---- the end of the port's log\n${server.tail(15)}\n----`);
    await server.close();
  }
}

// The exit handler of processes.mjs stops all programs. A signal alone does not run it.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

for (const port of selected) await run(port).catch((error) => fail(port, error));
summary();
process.exit(failures() > 0 ? 1 : 0);
