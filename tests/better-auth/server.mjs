// A real Better Auth server of one of several versions, on Node's HTTP server.

import { once } from "node:events";
import { createServer } from "node:http";

/** Maps each tested version to its npm package. */
export const versions = { 1.7: "better-auth", 1.4: "better-auth-1.4", 1.2: "better-auth-1.2" };

/** Imports the exports of a version that the tests use. */
export async function loadVersion(version) {
  const name = versions[version];
  const migration = version === "1.7" ? "db/migration" : "db";
  const parts = ["", "/node", "/plugins", `/${migration}`].map((part) => import(name + part));
  const [{ betterAuth }, { toNodeHandler }, plugins, { getMigrations }] = await Promise.all(parts);
  return { name, betterAuth, toNodeHandler, plugins, getMigrations };
}

/**
 * Migrates the database and starts a server. Returns `{ origin, auth, mails, log, close }`. `adjust(options, modules)` may change the
 * options. With `migrate: false` the caller creates the tables.
 */
export async function startBetterAuth({ database, secret, version = "1.7", adjust = () => {}, migrate = true }) {
  // These variables would override the options below.
  for (const name of Object.keys(process.env)) if (/^(BETTER_AUTH_|AUTH_SECRET)/.test(name)) delete process.env[name];

  // Better Auth's options contain its own origin, so the server gets its port first.
  let handle = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;

  const modules = await loadVersion(version);
  const { bearer, jwt } = modules.plugins;
  const mails = [];
  const log = [];
  const options = {
    baseURL: origin,
    database,
    secret,
    emailAndPassword: { enabled: true },
    // Keeps the mails for the checks and sends none.
    emailVerification: { sendVerificationEmail: async ({ user, token }) => void mails.push({ to: user.email, token }) },
    plugins: [jwt(), bearer()],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { log: (level, message, ...rest) => log.push([level, message, ...rest].join(" ")) },
  };
  await adjust(options, modules);
  if (migrate) {
    const migrations = await modules.getMigrations(options);
    await migrations.runMigrations();
  }
  const auth = modules.betterAuth(options);
  handle = modules.toNodeHandler(auth);

  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { origin, auth, mails, log, close };
}
