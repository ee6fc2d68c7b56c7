// Starting and stopping what this test needs. However the runner ends, nothing it started or made outlives it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const running = new Map();
const directories = new Set();

// The last resort, for an end nobody planned: normal ends go through `stop`, which waits.
process.on("exit", () => {
  for (const [child, signal] of running) child.kill(signal);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A new directory, removed when the runner ends. */
export function temporaryDirectory(prefix) {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  directories.add(directory);
  return directory;
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a program and keeps the end of what it writes; `killSignal` is for when the runner dies first. */
export function start(program, args, { killSignal = "SIGKILL", ...options }) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const log = [];
  const keep = (chunk) => {
    log.push(chunk);
    if (log.length > 2000) log.shift();
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  running.set(child, killSignal);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve({ how: error.message }));
    child.once("close", (code, signal) => resolve({ code, how: signal ?? `exit code ${code}` }));
  });
  ended.then(() => running.delete(child));
  const tail = (lines = 40) => log.join("").trimEnd().split("\n").slice(-lines).join("\n");
  return { child, ended, tail, program };
}

/** Runs a program to its end; throws, with what it wrote, unless it succeeds within a minute. */
export async function runToEnd(program, args, options) {
  const process = start(program, args, options);
  const end = await orKill(process, 60_000);
  if (end.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${end.how}\n${process.tail()}`);
}

/** Asks the process to stop and answers how it ended; kills it when it has not within 20 seconds. */
export async function stop(process, signal = "SIGTERM") {
  process.child.kill(signal);
  return orKill(process, 20_000);
}

function orKill(process, milliseconds) {
  const timer = setTimeout(() => process.child.kill("SIGKILL"), milliseconds);
  return process.ended.finally(() => clearTimeout(timer));
}

/** Calls `ready` until it answers true; throws as soon as the process ends, or after 30 seconds. */
export async function untilReady(process, ready) {
  let end = null;
  process.ended.then((how) => (end = how));
  let last = "";
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    if (end) throw new Error(`${process.program} ended before it was ready: ${end.how}\n${process.tail()}`);
    try {
      if (await ready()) return;
    } catch (error) {
      last = `: ${error.cause?.message ?? error.message}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${process.program} was not ready within 30 seconds${last}\n${process.tail()}`);
}
