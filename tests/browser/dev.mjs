// Runs ./dev.sh as a person does: waits for its two addresses, signs up and adds a task through them, presses Ctrl-C, and sees that
// nothing is left.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";

import { temporaryDirectory } from "../better-auth/processes.mjs";

const repository = resolve(import.meta.dirname, "../..");

/** Long enough for the packages, the build of a debug binary and the first page. */
const PATIENCE = 600_000;

const env = {
  ...process.env,
  FRONT_END_PORT: "0",
  SERVICE_PORT: "0",
  DATABASE_URL: `sqlite:${join(temporaryDirectory("task-api-dev-"), "dev.db")}`,
};
const dev = spawn(join(repository, "dev.sh"), { cwd: repository, env, stdio: ["ignore", "pipe", "pipe"] });
let output = "";
for (const stream of [dev.stdout, dev.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (output += chunk));
const closed = once(dev, "close");
const timer = setTimeout(() => dev.kill("SIGTERM"), PATIENCE);

try {
  const [frontEnd, service] = await addresses();
  console.log(`ok    dev.sh: says that the front end is at ${frontEnd} and the service at ${service}`);

  // Not `localhost`, which may be another address first: the address that it listens on.
  const origin = frontEnd.replace("localhost", "127.0.0.1");
  const headers = { "Content-Type": "application/json", Origin: frontEnd };
  const body = JSON.stringify({ name: "Ada", email: "ada@example.com", password: "correct horse battery staple" });
  const signedUp = await fetch(`${origin}/api/auth/sign-up/email`, { method: "POST", headers, body });
  assert.equal(signedUp.status, 200, await signedUp.clone().text());
  const cookie = signedUp.headers.getSetCookie()[0].split(";")[0];
  const { user } = await signedUp.json();
  const task = { method: "POST", headers: { ...headers, cookie }, body: '{"title":"A first task"}' };
  const added = await fetch(`${origin}/api/${user.id}/tasks`, task);
  assert.equal(added.status, 201, await added.clone().text());
  const page = await fetch(`${origin}/tasks`, { headers: { cookie } });
  assert.match(await page.text(), /What is to be done\?/);
  console.log("ok    dev.sh: a person signs up and adds a first task");

  dev.kill("SIGINT");
  const [code] = await closed;
  assert.equal(code, 130, "its exit code");
  for (const address of [origin, service]) await assert.rejects(fetch(address), `${address} still answers`);
  console.log("ok    dev.sh: stops both on SIGINT");
} catch (error) {
  console.log(`FAIL  dev.sh: ${error.message}\n${output.split("\n").slice(-60).join("\n")}`);
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
  if (dev.exitCode === null) dev.kill("SIGTERM");
  await closed;
}

async function addresses() {
  for (;;) {
    const found = [/Front end:\s+(http\S+)/, /Service:\s+(http\S+)/].map((pattern) => pattern.exec(output)?.[1]);
    if (found.every(Boolean)) return found;
    if (dev.exitCode !== null) throw new Error(`ended with ${dev.exitCode} before it was ready`);
    await new Promise((done) => setTimeout(done, 200));
  }
}
