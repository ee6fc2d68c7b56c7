// Instances of the service on one PostgreSQL, behind nginx with the configuration of deploy/nginx.

import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { freePort, start, stop, temporaryDirectory, waitUntilReady } from "../better-auth/processes.mjs";
import { findBinary } from "../better-auth/service.mjs";

const repository = resolve(import.meta.dirname, "../..");

/** Adds Debian's directory of server programs to the PATH. */
const sbin = { PATH: `${process.env.PATH}:/usr/sbin` };

/** An instance of the service: a fixed port and its current process. */
export class Instance {
  constructor(port, settings) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.settings = settings;
  }

  /** Starts a process on the port and waits until it is ready. */
  async start() {
    // The working directory is empty, so the service reads no .env file.
    const cwd = temporaryDirectory("task-api-instance-");
    const env = { PATH: process.env.PATH, HOME: cwd, HOST: "127.0.0.1", PORT: String(this.port), RATE_LIMIT: "off", ...this.settings };
    this.process = start(findBinary(), ["serve"], { cwd, env });
    await waitUntilReady(this.process, async () => {
      const response = await fetch(`${this.origin}/readyz`, { signal: AbortSignal.timeout(5_000) });
      const body = await response.text();
      if (response.status !== 200) throw new Error(`/readyz returned ${response.status}: ${body}`);
      return true;
    });
  }

  /** Sends SIGTERM. Throws unless the process ends with exit code 0. */
  async stop() {
    const end = await stop(this.process);
    if (end.code !== 0) throw new Error(`after SIGTERM: ${end.outcome}\n${this.process.tail()}`);
  }

  /** Returns the current process's log. */
  log = () => this.process.tail(2000);
}

/** An nginx on its own port, with a temporary directory. */
export class Nginx {
  #home = temporaryDirectory("task-api-nginx-");

  constructor(port, instances) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.instances = instances;
  }

  async start() {
    this.#writeConfiguration();
    this.process = start("nginx", ["-c", join(this.#home, "nginx.conf"), "-p", this.#home, "-e", "stderr"], { env: sbin });
    await waitUntilReady(this.process, async () => (await fetch(`${this.origin}/livez`)).ok);
  }

  /** Writes the deployed configuration with the addresses of this test. */
  #writeConfiguration() {
    const readDeployed = (name) => readFileSync(join(repository, "deploy/nginx", name), "utf8");
    const server = (instance) => `    server 127.0.0.1:${instance.port} $1;\n`;
    const upstream = replaceOrThrow(readDeployed("upstream.conf"), /(?: *server \S+ (.*);\n)+/, this.instances.map(server).join(""));
    const site = replaceOrThrow(readDeployed("task-api.conf"), "listen 80;", `listen 127.0.0.1:${this.port};`);
    writeFileSync(
      join(this.#home, "nginx.conf"),
      `daemon off;
pid nginx.pid;
error_log stderr notice;
worker_processes 2;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
${upstream}
${site}
}
`,
    );
  }
}

/** Ends nginx and all instances. */
export async function endFleet(nginx, instances) {
  for (const { process } of instances) process?.child.kill("SIGKILL");
  // SIGKILL would leave nginx's workers running.
  nginx.process?.child.kill("SIGTERM");
  await nginx.process?.ended;
}

/** Replaces the first match of `pattern`. Throws when nothing changes, so the test cannot run with another configuration. */
function replaceOrThrow(text, pattern, replacement) {
  const result = text.replace(pattern, replacement);
  if (result === text) throw new Error(`${pattern} was not found in nginx's configuration`);
  return result;
}

/** Starts PgBouncer in front of the database of `url`. Returns its process, its URL and `close`. */
export async function startPgbouncer(url, mode, account) {
  const home = temporaryDirectory("task-api-pgbouncer-");
  const port = await freePort();
  const { hostname, port: databasePort, username, password, pathname } = new URL(url);
  writeFileSync(join(home, "users"), `"${username}" "${password}"\n`);
  writeFileSync(
    join(home, "pgbouncer.ini"),
    `[databases]
* = host=${hostname} port=${databasePort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(home, "users")}
pool_mode = ${mode}
max_client_conn = 400
default_pool_size = ${mode === "transaction" ? 10 : 90}
`,
  );
  // PgBouncer rejects root, as PostgreSQL does.
  if (account.uid !== undefined) for (const path of [home, join(home, "users"), join(home, "pgbouncer.ini")]) chownSync(path, account.uid, account.gid);
  const bouncer = start("pgbouncer", [join(home, "pgbouncer.ini")], { ...account, cwd: home, env: sbin });
  const pooledUrl = `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`;
  return { process: bouncer, url: pooledUrl, close: () => stop(bouncer, "SIGINT") };
}

/** Waits at most 30 seconds until `condition` returns true. */
export async function waitUntil(description, condition) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited 30 seconds for ${description}`);
}
