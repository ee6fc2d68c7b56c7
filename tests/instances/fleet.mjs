// Several instances of the service on one PostgreSQL, and nginx in front of them with the configuration that deploy/nginx holds.

import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { freePort, start, stop, temporaryDirectory, untilReady } from "../better-auth/processes.mjs";
import { findBinary } from "../better-auth/service.mjs";

const repository = resolve(import.meta.dirname, "../..");

/** Where Debian keeps servers, which is not on everybody's PATH. */
const sbin = { PATH: `${process.env.PATH}:/usr/sbin` };

/** One place in the fleet: a port, and the process that serves on it at the time. */
export class Instance {
  constructor(port, settings) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.settings = settings;
  }

  /** Starts a process on the port, and waits until it is ready. */
  async start() {
    // An empty directory, so that no .env of the developer's is read.
    const cwd = temporaryDirectory("task-api-instance-");
    const env = { PATH: process.env.PATH, HOME: cwd, HOST: "127.0.0.1", PORT: String(this.port), RATE_LIMIT: "off", ...this.settings };
    this.process = start(findBinary(), ["serve"], { cwd, env });
    await untilReady(this.process, async () => {
      const response = await fetch(`${this.origin}/readyz`, { signal: AbortSignal.timeout(5_000) });
      const body = await response.text();
      if (response.status !== 200) throw new Error(`/readyz answered ${response.status}: ${body}`);
      return true;
    });
  }

  /** SIGTERM; throws unless the process ends by itself, and as a success. */
  async stop() {
    const end = await stop(this.process);
    if (end.code !== 0) throw new Error(`after SIGTERM: ${end.how}\n${this.process.tail()}`);
  }

  /** What the process has logged so far. */
  log = () => this.process.tail(2000);
}

/** nginx on a port of its own. Its folder is gone afterwards. */
export class Nginx {
  #home = temporaryDirectory("task-api-nginx-");

  constructor(port, instances) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.instances = instances;
  }

  async start() {
    this.#write();
    this.process = start("nginx", ["-c", join(this.#home, "nginx.conf"), "-p", this.#home, "-e", "stderr"], { env: sbin });
    await untilReady(this.process, async () => (await fetch(`${this.origin}/livez`)).ok);
  }

  /** The files that are deployed, with the addresses of this test in them. */
  #write() {
    const deployed = (name) => readFileSync(join(repository, "deploy/nginx", name), "utf8");
    const server = (instance) => `    server 127.0.0.1:${instance.port} $1;\n`;
    const upstream = replaced(deployed("upstream.conf"), /(?: *server \S+ (.*);\n)+/, this.instances.map(server).join(""));
    const site = replaced(deployed("task-api.conf"), "listen 80;", `listen 127.0.0.1:${this.port};`);
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

/** The text with one place replaced; throws where it is not there, so that the test cannot pass by another configuration. */
function replaced(text, what, by) {
  const result = text.replace(what, by);
  if (result === text) throw new Error(`${what} was not found in nginx's configuration`);
  return result;
}

/** PgBouncer before the database of `url`; answers the URL to reach it through. */
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
  // It refuses root, as PostgreSQL does.
  if (account.uid !== undefined) for (const path of [home, join(home, "users"), join(home, "pgbouncer.ini")]) chownSync(path, account.uid, account.gid);
  const bouncer = start("pgbouncer", [join(home, "pgbouncer.ini")], { ...account, cwd: home, env: sbin });
  const through = `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`;
  return { process: bouncer, url: through, close: () => stop(bouncer, "SIGINT") };
}

/** Waits for a condition, at most 30 seconds. */
export async function until(what, holds) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited 30 seconds for ${what}`);
}
