// A temporary PostgreSQL server with its own data directory and its own port on 127.0.0.1.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import pg from "pg";

import { freePort, runToEnd, start, stop, temporaryDirectory, waitUntilReady } from "./processes.mjs";

/**
 * Starts a cluster with further settings and returns `{ url, log, close, crash }`. The URL's role may create databases but is not a
 * superuser. `log` returns the log of the running server.
 */
export async function startCluster(moreSettings = {}) {
  const binaries = findServerPrograms();
  const account = unprivilegedAccount();
  const home = temporaryDirectory("task-api-postgres-");
  const data = join(home, "data");
  const passwordFile = join(home, "password");
  const password = randomBytes(12).toString("hex");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined) for (const path of [home, passwordFile]) chownSync(path, account.uid, account.gid);

  const init = ["-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"];
  await runToEnd(join(binaries, "initdb"), [...init, "--auth=scram-sha-256", `--pwfile=${passwordFile}`], { ...account, cwd: home });

  const port = await freePort();
  const settings = { listen_addresses: "127.0.0.1", port, unix_socket_directories: "", fsync: "off", ...moreSettings };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const url = (role) => `postgres://${role}:${password}@127.0.0.1:${port}/postgres`;
  const startServer = async () => {
    // SIGQUIT, not SIGKILL: a postmaster ended by SIGKILL leaves shared memory behind, until the next start.
    const server = start(join(binaries, "postgres"), ["-D", data, ...args], { ...account, cwd: home, killSignal: "SIGQUIT" });
    await waitUntilReady(server, () => runSql(url("postgres"), "select 1"));
    return server;
  };
  let server = await startServer();
  await runSql(url("postgres"), `create role app login createdb password '${password}'`);
  return {
    url: url("app"),
    log: () => server.tail(Infinity),
    close: () => stop(server, "SIGINT"),
    /** Kills the server with SIGKILL and starts it again. */
    crash: async () => {
      await stop(server, "SIGKILL");
      server = await retryUntilStarted(startServer);
    },
  };
}

/** Starts the server again. It refuses to start while processes of the killed server still run. */
async function retryUntilStarted(startServer) {
  for (const deadline = Date.now() + 30_000; ; ) {
    try {
      return await startServer();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Runs one statement on a new connection. */
export async function runSql(url, sql) {
  const client = new pg.Client({ connectionString: url });
  // Without a listener a broken connection ends the test process. The statement reports the error.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(sql);
    return true;
  } finally {
    await client.end();
  }
}

function findServerPrograms() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => b - a) : [];
  // Debian installs these programs outside the PATH, in one directory per version.
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...versions.map((version) => join(debian, version, "bin"))];
  const directory = directories.find((directory) => ["initdb", "postgres"].every((name) => existsSync(join(directory, name))));
  if (directory) return directory;
  throw new Error(
    "the PostgreSQL server programs initdb and postgres were not found. Install them with `apt-get install postgresql`, " +
      "or set TEST_DATABASE_URL, or run only `node run.mjs sqlite`.",
  );
}

/** Returns the account to run PostgreSQL as. For root it is `postgres` or `nobody`, because PostgreSQL rejects root. */
export function unprivilegedAccount() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag) => Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      continue;
    }
  }
  throw new Error("PostgreSQL does not run as root, and the users `postgres` and `nobody` do not exist");
}
