// A private PostgreSQL: its own data directory, its own port on 127.0.0.1, gone afterwards.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import pg from "pg";

import { freePort, runToEnd, start, stop, temporaryDirectory, untilReady } from "./processes.mjs";

/** Starts a cluster and answers `{ url, close }`; the URL's role may make databases, but is no superuser. */
export async function startCluster() {
  const binaries = findBinaries();
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
  const settings = { listen_addresses: "127.0.0.1", port, unix_socket_directories: "", fsync: "off" };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // SIGQUIT, not SIGKILL, when the runner dies: a killed postmaster leaves shared memory behind.
  const server = start(join(binaries, "postgres"), ["-D", data, ...args], { ...account, cwd: home, killSignal: "SIGQUIT" });
  const url = (role) => `postgres://${role}:${password}@127.0.0.1:${port}/postgres`;
  await untilReady(server, () => runSql(url("postgres"), "select 1"));
  await runSql(url("postgres"), `create role app login createdb password '${password}'`);
  return { url: url("app"), close: () => stop(server, "SIGINT") };
}

/** Runs one statement on a connection of its own. */
export async function runSql(url, sql) {
  const client = new pg.Client({ connectionString: url });
  // Without a listener a connection that breaks would end the runner; the statement's own error is enough.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(sql);
    return true;
  } finally {
    await client.end();
  }
}

function findBinaries() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => b - a) : [];
  // Debian keeps these programs off the PATH, in a directory per version.
  const places = [...(process.env.PATH ?? "").split(delimiter), ...versions.map((version) => join(debian, version, "bin"))];
  const found = places.find((place) => ["initdb", "postgres"].every((name) => existsSync(join(place, name))));
  if (found) return found;
  throw new Error(
    "no PostgreSQL server programs (initdb, postgres) were found. Install them with `apt-get install postgresql`, " +
      "or set TEST_DATABASE_URL, or run only `node run.mjs sqlite`.",
  );
}

/** PostgreSQL refuses to run as root: then it runs as the `postgres` user, or as `nobody`. */
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
  throw new Error("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as.");
}
