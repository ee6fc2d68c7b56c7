// The production build of the front end, with only the environment variables set here.

import assert from "node:assert/strict";
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { freePort, start, stop, temporaryDirectory, waitUntilReady } from "../better-auth/processes.mjs";

const home = resolve(import.meta.dirname, "../../examples/nextjs");
const server = join(home, ".next/standalone/server.js");

/** Builds the front end. Throws when the build fails or prints a warning. */
export async function buildFrontEnd() {
  const { PATH, HOME } = process.env;
  // A build needs no settings. With CI variables Next.js warns about a missing cache.
  const env = { PATH, HOME, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
  const build = start(process.execPath, [join(home, "node_modules/next/dist/bin/next"), "build"], { cwd: home, env });
  const { code, outcome } = await build.ended;
  const output = build.tail(200);
  assert.equal(code, 0, `next build: ${outcome}\n${output}`);
  const warnings = output.split("\n").filter((line) => /warn|error|⚠/i.test(line));
  assert.deepEqual(warnings, [], `next build printed warnings:\n${output}`);
  // Copies the static files, as the image does. The standalone server serves them.
  for (const folder of [".next/static", "public"]) cpSync(join(home, folder), join(home, ".next/standalone", folder), { recursive: true });
}

export const isBuilt = () => existsSync(server);

/** Starts the front end. Browsers call the service at `publicOrigin` with a JWT. With "" the front end forwards calls with the cookie. */
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
  await waitUntilReady(process_, async () => {
    const response = await fetch(`${origin}/api/auth/ok`, { signal: AbortSignal.timeout(5_000) });
    if (response.status !== 200) throw new Error(`/api/auth/ok returned ${response.status}`);
    return true;
  });
  return { origin, tail: process_.tail, close: () => stop(process_) };
}

export { freePort };
