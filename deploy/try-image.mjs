#!/usr/bin/env node
// Builds the Dockerfile without Docker: each stage is a minimal Debian from debootstrap, in its own chroot.
//
//   sudo node deploy/try-image.mjs        takes minutes, because it compiles a release build
//
// Differences from a real build: a minimal Debian with gcc and this machine's Rust toolchain replaces the image `rust`, and crates come from
// this machine's cache. Needs root, debootstrap, and 4 GB in TMPDIR. Then the script runs the image and checks the user, the health check
// and the stop on SIGTERM.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const repository = resolve(import.meta.dirname, "..");
const home = mkdtempSync(join(tmpdir(), "task-api-image-"));
const run = (program, args, options = {}) => execFileSync(program, args, { stdio: "inherit", ...options });
const say = (text) => console.log(`==> ${text}`);

/** Returns the Dockerfile's instructions, without comments and with continued lines joined. */
function instructions() {
  const lines = readFileSync(join(repository, "Dockerfile"), "utf8").split("\n");
  const text = lines.filter((line) => !/^\s*#/.test(line)).join("\n").replaceAll("\\\n", " ");
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [, name, rest] = /^(\S+)\s+(.*)$/.exec(line);
    return { name: name.toUpperCase(), rest };
  });
}

class Stage {
  env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
  folder = "/";
  user = "0:0";
  config = {};

  constructor(image, number) {
    this.root = join(home, `stage-${number}`);
    const [, name, tag] = /^([a-z]+):([\w.-]+)$/.exec(image) ?? [];
    const suite = /bookworm/.test(tag) ? "bookworm" : null;
    if (!suite || !["rust", "debian"].includes(name)) throw new Error(`the image ${image} is not supported: use rust:… or debian:… with bookworm`);
    const include = name === "rust" ? ["--include=gcc,libc6-dev,ca-certificates"] : [];
    run("debootstrap", ["--variant=minbase", ...include, suite, this.root], { stdio: ["ignore", "ignore", "inherit"] });
    cpSync("/etc/resolv.conf", join(this.root, "etc/resolv.conf"), { dereference: true });
    if (name === "rust") this.#addRust();
  }

  #addRust() {
    const toolchain = execFileSync("rustc", ["--print", "sysroot"], { encoding: "utf8" }).trim();
    run("cp", ["-a", toolchain, join(this.root, "usr/local/rust")]);
    this.env.PATH = `/usr/local/rust/bin:${this.env.PATH}`;
    this.env.CARGO_HOME = "/usr/local/cargo";
  }

  /** Returns the command line that runs a program inside the chroot, in its own mount namespace. */
  inside(command, mounts = []) {
    const lines = mounts.map(({ from, to }) => `mkdir -p '${this.root}${to}' && mount --bind '${from}' '${this.root}${to}' && `).join("");
    const [uid, gid] = this.user.split(":");
    const script = `${lines}mount -t proc proc '${this.root}/proc' && cd '${this.root}' && exec chroot --userspec=${uid}:${gid} '${this.root}' /bin/sh -c "$0"`;
    const env = Object.entries(this.env).map(([name, value]) => `${name}=${value}`);
    return ["env", "-i", ...env, "unshare", "--mount", "/bin/bash", "-euc", script, `cd '${this.folder}' && ${command}`];
  }

  execute(command) {
    const mounts = [];
    const text = command.replace(/--mount=type=cache,target=(\S+)\s+/g, (_, to) => {
      const from = to.endsWith("/cargo/registry") ? join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry") : join(home, `cache${to}`);
      mkdirSync(from, { recursive: true });
      mounts.push({ from, to });
      return "";
    });
    const [program, ...args] = this.inside(text, mounts);
    run(program, args);
  }

  copy(text, stages) {
    const parts = text.split(/\s+/);
    const from = parts[0].startsWith("--from=") ? parts.shift().slice("--from=".length) : null;
    const source = from ? stages.get(from).root : repository;
    const target = parts.pop();
    const to = join(this.root, target.startsWith("/") ? target : join(this.folder, target));
    for (const part of parts) {
      const place = /\/$/.test(target) ? join(to, part) : to;
      mkdirSync(dirname(place), { recursive: true });
      cpSync(join(source, part), place, { recursive: true, preserveTimestamps: true });
    }
  }
}

function build() {
  const stages = new Map();
  let stage;
  for (const { name, rest } of instructions()) {
    say(`${name} ${rest.slice(0, 120)}`);
    if (name === "FROM") {
      const [image, , alias] = rest.split(/\s+/);
      stage = new Stage(image, stages.size);
      stages.set(alias ?? "", stage);
    } else if (name === "RUN") stage.execute(rest);
    else if (name === "COPY") stage.copy(rest, stages);
    else if (name === "WORKDIR") mkdirSync(join(stage.root, (stage.folder = rest)), { recursive: true });
    else if (name === "USER") stage.user = rest;
    else if (name === "ENV") for (const [, key, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value;
    else if (["ENTRYPOINT", "CMD"].includes(name)) stage.config[name] = JSON.parse(rest);
    else if (name === "HEALTHCHECK") stage.config[name] = JSON.parse(/CMD (\[.*\])$/.exec(rest)[1]);
    else if (!["EXPOSE", "STOPSIGNAL", "LABEL"].includes(name)) throw new Error(`the instruction ${name} is not supported`);
  }
  return stage;
}

/** Starts the image, waits until its health check passes, and stops it. */
async function tryOut(stage) {
  const quoted = (words) => words.map((word) => `'${word}'`).join(" ");
  // Development mode accepts loopback only, so this replaces the image's HOST (all addresses).
  Object.assign(stage.env, { HOST: "127.0.0.1", PORT: "18431" });
  const [program, ...args] = stage.inside(`id && ldd $(command -v task-api) && exec ${quoted([...stage.config.ENTRYPOINT, ...stage.config.CMD])}`);
  const service = spawn(program, args, { stdio: "inherit" });
  const ended = new Promise((done) => service.on("exit", (code, signal) => done(signal ?? code)));
  try {
    for (const deadline = Date.now() + 20_000; ; ) {
      const [ask, ...asked] = stage.inside(quoted(stage.config.HEALTHCHECK));
      try {
        run(ask, asked);
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((done) => setTimeout(done, 200));
      }
    }
  } finally {
    service.kill("SIGTERM");
  }
  const end = await ended;
  if (end !== 0) throw new Error(`after SIGTERM the service ended with ${end}`);
}

try {
  const stage = build();
  say("running the image");
  await tryOut(stage);
  say(`passed; the root file system has ${execFileSync("du", ["-smx", stage.root], { encoding: "utf8" }).split("\t")[0]} MB`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
