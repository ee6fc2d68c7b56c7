// One version of Better Auth on one database, in all its scenarios: `node matrix.mjs 1.4 postgres`. Started by run.mjs.

import { randomBytes } from "node:crypto";

import { Redis } from "ioredis";

import { caller } from "./client.mjs";
import { openers } from "./databases.mjs";
import { startRedis } from "./redis.mjs";
import { checker, fail, failures, group, summary } from "./report.mjs";
import { checkOf, scenarios } from "./scenarios.mjs";
import { startBetterAuth } from "./server.mjs";
import { startService } from "./service.mjs";

const [version, kind, only = ""] = process.argv.slice(2);

async function run(scenario, redis) {
  const closers = [];
  const opened = async (thing) => (closers.push(thing.close), thing);
  const zone = process.env.TZ;
  if (scenario.zone) process.env.TZ = scenario.zone;
  const before = failures();
  let betterAuth, service;
  try {
    const secret = randomBytes(32).toString("base64");
    const database = await opened(await openers[kind](process.env.ADMIN_URL));
    Object.assign(database, kind === "sqlite" ? { true: 1, false: 0 } : { true: true, false: false });
    const context = { version, kind, database, redis, secret };
    const startAuth = async (adjust, migrate) =>
      opened(await startBetterAuth({ database: database.betterAuth, secret, version, adjust, migrate }));
    const adjust = async (options, modules) => {
      options.user = { deleteUser: { enabled: true } };
      const { user } = options;
      await scenario.adjust?.(options, modules, context);
      if (options.user !== user) options.user = { ...options.user, ...user };
    };
    betterAuth = await startAuth(adjust, scenario.migrate);
    const common = { databaseUrl: database.url, betterAuthOrigin: betterAuth.origin, secret };
    const start = async (variables) =>
      opened(await startService({ ...common, variables: { ...scenario.variables?.(context), ...variables } }));
    service = await start({});
    const expire = scenario.expire ?? expireRow;
    await group(() =>
      checkOf(scenario)({
        ...context,
        checks: checker(`${version} ${kind}, ${scenario.name}`),
        call: caller(service.origin),
        betterAuth,
        algorithm: scenario.algorithm,
        outlivesUser: scenario.outlivesUser?.(version),
        expire: (user, millis) => expire(user, new Date(Date.now() + millis), context),
        startAnother: async (variables) => caller((await start(variables)).origin),
        startAnotherAuth: (change) => startAuth(async (options, modules) => (await adjust(options, modules), change(options)), scenario.migrate),
      }),
    );
  } catch (error) {
    fail(`${version} ${kind}, ${scenario.name}`, error);
  }
  if (failures() > before) {
    console.log(`---- the end of the service's log\n${service?.tail(15)}`);
    console.log(`---- the end of Better Auth's log\n${betterAuth?.log.slice(-8).join("\n")}\n----`);
  }
  // one after the other, last first
  for (const close of closers.reverse()) await close();
  if (scenario.zone) zone === undefined ? delete process.env.TZ : (process.env.TZ = zone);
}

const expireRow = (user, end, { database }) =>
  database.execute(`update "session" set "expiresAt" = $1 where "token" = $2`, [end, user.sessionToken]);

// What was started is stopped when a process exits, which a signal by itself does not make it do.
process.once("SIGTERM", () => process.exit(1));

const wanted = scenarios.filter(({ on, name }) => on.includes(`${version} ${kind}`) && name.includes(only));
let server;
if (wanted.some(({ needsRedis }) => needsRedis)) {
  server = await startRedis();
  server.client = new Redis(server.url);
}
for (const scenario of wanted) {
  if (scenario.needsRedis) await server.client.flushall();
  await run(scenario, server);
}
server?.client.disconnect();
await server?.close();
summary();
process.exit(failures() > 0 ? 1 : 0);
