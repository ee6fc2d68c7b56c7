// The front end as it is deployed: its production build, in an environment that holds nothing but what is set here.

import assert from "node:assert/strict";
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { freePort, start, stop, temporaryDirectory, untilReady } from "../better-auth/processes.mjs";

const home = resolve(import.meta.dirname, "../../examples/nextjs");
const server = join(home, ".next/standalone/server.js");

/** Builds it; throws if the build fails, or has anything to warn of. */
export async function buildFrontEnd() {
  const { PATH, HOME } = process.env;
  // Nothing else: no setting is needed for a build, and on what it takes for a CI machine Next.js warns that it has no cache.
  const env = { PATH, HOME, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
  const build = start(process.execPath, [join(home, "node_modules/next/dist/bin/next"), "build"], { cwd: home, env });
  const { code, how } = await build.ended;
  const output = build.tail(200);
  assert.equal(code, 0, `next build: ${how}\n${output}`);
  const warned = output.split("\n").filter((line) => /warn|error|⚠/i.test(line));
  assert.deepEqual(warned, [], `next build has warned:\n${output}`);
  // As the image does: the server serves these itself.
  cpSync(join(home, ".next/static"), join(home, ".next/standalone/.next/static"), { recursive: true });
}

export const isBuilt = () => existsSync(server);

/** Starts it for a service; `publicOrigin` is where browsers call the service with a JWT, "" for the way with the cookie. */
export async function startFrontEnd({ databaseUrl, secret, port, serviceOrigin, publicOrigin }) {
  const cwd = temporaryDirectory("task-api-front-end-");
  const origin = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    HOSTNAME: "127.0.0.1",
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_SECRET: secret,
    BETTER_AUTH_URL: origin,
    TASK_API_URL: serviceOrigin,
    TASK_API_PUBLIC_URL: publicOrigin,
  };
  const process_ = start(process.execPath, [server], { cwd, env });
  await untilReady(process_, async () => {
    const response = await fetch(`${origin}/api/auth/ok`, { signal: AbortSignal.timeout(5_000) });
    if (response.status !== 200) throw new Error(`/api/auth/ok answered ${response.status}`);
    return true;
  });
  return { origin, tail: process_.tail, close: () => stop(process_) };
}

export { freePort };
