// A real Better Auth server on Node's own HTTP server, as a front end would run it.

import { once } from "node:events";
import { createServer } from "node:http";

import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer, jwt } from "better-auth/plugins";

/** Migrates the database, then serves; answers `{ origin, mails, log, close }`. */
export async function startBetterAuth({ database, secret }) {
  // These would win over the options below and make the test another one than it says.
  for (const name of Object.keys(process.env)) if (/^(BETTER_AUTH_|AUTH_SECRET)/.test(name)) delete process.env[name];

  // Better Auth must know its own origin before it exists, so the port comes first.
  let handle = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;

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
  const migrations = await getMigrations(options);
  await migrations.runMigrations();
  handle = toNodeHandler(betterAuth(options));

  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { origin, mails, log, close };
}
