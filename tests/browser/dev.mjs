// Runs ./dev.sh: waits for its two addresses, signs up and adds a task, sends SIGINT, and checks that both servers stop. Then runs it again,
// on other ports.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";

import { temporaryDirectory } from "../better-auth/processes.mjs";

const repository = resolve(import.meta.dirname, "../..");

/** Limits the run in milliseconds. Includes the npm packages, a debug build and the first page. */
const TIMEOUT = 600_000;

const database = `sqlite:${join(temporaryDirectory("task-api-dev-"), "dev.db")}`;
const env = { ...process.env, FRONT_END_PORT: "0", SERVICE_PORT: "0", DATABASE_URL: database };

/** Starts dev.sh, calls `action` with its addresses, and stops it. `output` returns what it has printed. */
async function withDev(action) {
  const dev = spawn(join(repository, "dev.sh"), { cwd: repository, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [dev.stdout, dev.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  const closed = once(dev, "close");
  const timer = setTimeout(() => dev.kill("SIGTERM"), TIMEOUT);
  try {
    const [frontEnd, service] = await readAddresses(dev, () => output);
    // `localhost` may resolve to another address than the server listens on.
    const origin = frontEnd.replace("localhost", "127.0.0.1");
    await action({ frontEnd, service, origin, output: () => output });
    dev.kill("SIGINT");
    const [code] = await closed;
    assert.equal(code, 130, "exit code of dev.sh");
    for (const address of [origin, service]) await assert.rejects(fetch(address), `${address} still responds`);
    console.log("ok    dev.sh: SIGINT stops both servers");
  } catch (error) {
    console.log(`FAIL  dev.sh: ${error.message}\n${output.split("\n").slice(-60).join("\n")}`);
    process.exitCode = 1;
  } finally {
    clearTimeout(timer);
    if (dev.exitCode === null) dev.kill("SIGTERM");
    await closed;
  }
}

let cookie;

await withDev(async ({ frontEnd, service, origin }) => {
  console.log(`ok    dev.sh: prints the addresses of the front end (${frontEnd}) and of the service (${service})`);
  const headers = { "Content-Type": "application/json", Origin: frontEnd };
  const body = JSON.stringify({ name: "Ada", email: "ada@example.com", password: "correct horse battery staple" });
  const signedUp = await fetch(`${origin}/api/auth/sign-up/email`, { method: "POST", headers, body });
  assert.equal(signedUp.status, 200, await signedUp.clone().text());
  cookie = signedUp.headers.getSetCookie()[0].split(";")[0];
  const { user } = await signedUp.json();
  const createTask = { method: "POST", headers: { ...headers, cookie }, body: '{"title":"A first task"}' };
  const created = await fetch(`${origin}/api/${user.id}/tasks`, createTask);
  assert.equal(created.status, 201, await created.clone().text());
  const page = await fetch(`${origin}/tasks`, { headers: { cookie } });
  assert.match(await page.text(), /What is to be done\?/);
  console.log("ok    dev.sh: a user signs up and adds a first task");
});

// The free ports of the second run differ from those of the first.
if (!process.exitCode) {
  await withDev(async ({ origin, output }) => {
    assert.match(output(), /Removing the front end's cache/);
    const page = await fetch(`${origin}/tasks`, { headers: { cookie } });
    assert.match(await page.text(), /What is to be done\?/);
    console.log("ok    dev.sh: with another port it starts with a clean cache");
  });
}

/** Waits for the addresses of the front end and the service in the output. */
async function readAddresses(dev, output) {
  for (;;) {
    const addresses = [/Front end:\s+(http\S+)/, /Service:\s+(http\S+)/].map((pattern) => pattern.exec(output())?.[1]);
    if (addresses.every(Boolean)) return addresses;
    if (dev.exitCode !== null) throw new Error(`exited with ${dev.exitCode} before it was ready`);
    await new Promise((done) => setTimeout(done, 200));
  }
}
