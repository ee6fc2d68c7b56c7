// A Better Auth server for the tests of `task-api doctor` (tests/api/doctor). It stops when its standard input ends.
//
//   node tests/better-auth/front-end.mjs '{"file":"/tmp/shared.db","secret":"…"}'
//
// Members of the argument: file (SQLite), secret or secrets ([{version, value}]), jwt (default true), cookiePrefix, secureCookies, and redis
// ({url, prefix}) for sessions in Redis. Prints one line of JSON when a user has signed up: { origin, cookie }.

import { redisStorage } from "@better-auth/redis-storage";
import { Redis } from "ioredis";
import { SqliteDialect } from "kysely";
import Sqlite from "libsql";

import { startBetterAuth } from "./server.mjs";

const { file, secret, secrets, jwt = true, cookiePrefix, secureCookies, redis } = JSON.parse(process.argv[2]);

const connection = new Sqlite(file, { timeout: 5000 });
connection.pragma("journal_mode = WAL");
const client = redis && new Redis(redis.url);
const database = { dialect: new SqliteDialect({ database: connection }), type: "sqlite", transaction: true };

const { origin, close } = await startBetterAuth({
  database,
  secret,
  adjust: (options, { plugins }) => {
    if (secrets) Object.assign(options, { secret: undefined, secrets });
    options.plugins = jwt ? [plugins.jwt()] : [];
    options.advanced = { cookiePrefix, useSecureCookies: secureCookies };
    if (client) options.secondaryStorage = redisStorage({ client, keyPrefix: redis.prefix });
  },
});

const body = JSON.stringify({ name: "Ada", email: "ada@example.com", password: "correct horse battery staple" });
const headers = { "Content-Type": "application/json", Origin: origin };
const signedUp = await fetch(`${origin}/api/auth/sign-up/email`, { method: "POST", headers, body });
if (!signedUp.ok) throw new Error(`sign-up responded with ${signedUp.status}: ${await signedUp.text()}`);
const cookie = signedUp.headers.getSetCookie()[0].split(";")[0];
// Creates the key pair.
if (jwt) await fetch(`${origin}/api/auth/token`, { headers: { cookie } });
console.log(JSON.stringify({ origin, cookie }));

process.stdin.resume().on("end", async () => {
  await close();
  client?.disconnect();
  connection.close();
  process.exit(0);
});
