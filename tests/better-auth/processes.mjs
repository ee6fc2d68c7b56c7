// Starts and stops child processes. When the test process exits, it kills them and removes temporary directories.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const running = new Map();
const directories = new Set();

// Cleans up after an unexpected exit. On a normal end, `stop` has already waited for each process.
process.on("exit", () => {
  for (const [child, signal] of running) child.kill(signal);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Creates a directory that is removed when the test process exits. */
export function temporaryDirectory(prefix) {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  directories.add(directory);
  return directory;
}

/**
 * Finds a free port of the loopback interface, below the ports that systems give to clients (32768 on Linux). Another server may still
 * take it.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if (error.code === "EADDRINUSE") continue;
      throw error;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}

/** Starts a program and keeps the end of its output. `killSignal` is sent when the test process exits first. */
export function start(program, args, { killSignal = "SIGKILL", ...options }) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const log = [];
  const append = (chunk) => {
    log.push(chunk);
    if (log.length > 2000) log.shift();
  };
  child.stdout.setEncoding("utf8").on("data", append);
  child.stderr.setEncoding("utf8").on("data", append);
  running.set(child, killSignal);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve({ outcome: error.message }));
    child.once("close", (code, signal) => resolve({ code, outcome: signal ?? `exit code ${code}` }));
  });
  ended.then(() => running.delete(child));
  const tail = (lines = 40) => log.join("").trimEnd().split("\n").slice(-lines).join("\n");
  return { child, ended, tail, program };
}

/** Runs a program to its end. Throws with its output unless it succeeds within 60 seconds. */
export async function runToEnd(program, args, options) {
  const process = start(program, args, options);
  const end = await waitOrKill(process, 60_000);
  if (end.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${end.outcome}\n${process.tail()}`);
}

/** Sends the signal and returns the exit code and outcome. Kills the process after 20 seconds. */
export async function stop(process, signal = "SIGTERM") {
  process.child.kill(signal);
  return waitOrKill(process, 20_000);
}

function waitOrKill(process, milliseconds) {
  const timer = setTimeout(() => process.child.kill("SIGKILL"), milliseconds);
  return process.ended.finally(() => clearTimeout(timer));
}

/** Calls `isReady` until it returns true. Throws when the process ends, or after 30 seconds. */
export async function waitUntilReady(process, isReady) {
  let end = null;
  process.ended.then((result) => (end = result));
  let lastError = "";
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    if (end) throw new Error(`${process.program} ended before it was ready: ${end.outcome}\n${process.tail()}`);
    try {
      if (await isReady()) return;
    } catch (error) {
      lastError = `: ${error.cause?.message ?? error.message}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${process.program} was not ready within 30 seconds${lastError}\n${process.tail()}`);
}
