// A real Better Auth server, of one of several versions, on Node's own HTTP server, as a front end would run it.

import { once } from "node:events";
import { createServer } from "node:http";

/** The versions that are driven, by the names they are installed under. */
export const versions = { 1.7: "better-auth", 1.4: "better-auth-1.4", 1.2: "better-auth-1.2" };

/** What a version exports, as far as it is needed here. */
export async function load(version) {
  const name = versions[version];
  const migration = version === "1.7" ? "db/migration" : "db";
  const parts = ["", "/node", "/plugins", `/${migration}`].map((part) => import(name + part));
  const [{ betterAuth }, { toNodeHandler }, plugins, { getMigrations }] = await Promise.all(parts);
  return { name, betterAuth, toNodeHandler, plugins, getMigrations };
}

/**
 * Migrates the database, then serves; answers `{ origin, auth, mails, log, close }`. `adjust` gets the modules and the options and may change
 * those; `migrate: false` is for tables that were made by other means.
 */
export async function startBetterAuth({ database, secret, version = "1.7", adjust = () => {}, migrate = true }) {
  // These would win over the options below and make the test another one than it says.
  for (const name of Object.keys(process.env)) if (/^(BETTER_AUTH_|AUTH_SECRET)/.test(name)) delete process.env[name];

  // Better Auth must know its own origin before it exists, so the port comes first.
  let handle = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;

  const modules = await load(version);
  const { bearer, jwt } = modules.plugins;
  const mails = [];
  const log = [];
  const options = {
    baseURL: origin,
    database,
    secret,
    emailAndPassword: { enabled: true },
    // No mail is sent: what would have gone into it is kept for the checks.
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
