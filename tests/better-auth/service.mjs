// The service under test: the built binary, with only the environment variables set here.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { freePort, runToEnd, start, stop, temporaryDirectory, waitUntilReady } from "./processes.mjs";

const repository = resolve(import.meta.dirname, "../..");

/** Returns the path of the binary. Throws when it does not exist. */
export function findBinary() {
  const { TASK_API, CARGO_TARGET_DIR } = process.env;
  const target = CARGO_TARGET_DIR ? resolve(CARGO_TARGET_DIR) : join(repository, "target");
  const binary = TASK_API ? resolve(TASK_API) : join(target, "debug", "task-api");
  if (!existsSync(binary)) throw new Error(`${binary} does not exist: build it with \`cargo build\`, or set TASK_API`);
  return binary;
}

/** Migrates the database and starts the service, by default on a free port. `variables` adds environment variables.
 *  Returns `{ origin, port, tail, close }`. */
export async function startService({ databaseUrl, betterAuthOrigin, secret, port, variables = {} }) {
  const binary = findBinary();
  port ??= await freePort();
  // The working directory is empty, so the service reads no .env file.
  const cwd = temporaryDirectory("task-api-service-");
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    RUST_LOG: process.env.RUST_LOG ?? "info",
    RUST_BACKTRACE: "1",
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_SECRET: secret,
    BETTER_AUTH_URL: betterAuthOrigin,
    HOST: "127.0.0.1",
    PORT: String(port),
    // The checks of one user would exceed the default limits.
    RATE_LIMIT: "off",
    REFUSAL_LIMIT: "off",
    ...variables,
  };
  await runToEnd(binary, ["migrate", "run"], { cwd, env });
  const service = start(binary, ["serve"], { cwd, env });
  const origin = `http://127.0.0.1:${port}`;
  await waitUntilReady(service, async () => {
    const response = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(5_000) });
    const body = await response.text();
    if (response.status !== 200) throw new Error(`/readyz returned ${response.status}: ${body}`);
    return true;
  });
  return { origin, port, tail: service.tail, close: () => stop(service) };
}
