// Runs all scenarios of one Better Auth version on one database: `node matrix.mjs 1.4 postgres [NAME]`. Started by run.mjs.
// NAME selects the scenarios whose name contains it.

import { randomBytes } from "node:crypto";

import { Redis } from "ioredis";

import { apiClient } from "./client.mjs";
import { openers } from "./databases.mjs";
import { startRedis } from "./redis.mjs";
import { checker, fail, failures, group, summary } from "./report.mjs";
import { checksOf, scenarios } from "./scenarios.mjs";
import { startBetterAuth } from "./server.mjs";
import { startService } from "./service.mjs";

const [version, kind, nameFilter = ""] = process.argv.slice(2);

async function run(scenario, redis) {
  const closers = [];
  const closeLater = async (resource) => (closers.push(resource.close), resource);
  const originalTimeZone = process.env.TZ;
  if (scenario.timeZone) process.env.TZ = scenario.timeZone;
  const failuresBefore = failures();
  let betterAuth, service;
  try {
    const secret = randomBytes(32).toString("base64");
    const database = await closeLater(await openers[kind](process.env.ADMIN_URL));
    Object.assign(database, kind === "sqlite" ? { true: 1, false: 0 } : { true: true, false: false });
    const context = { version, kind, database, redis, secret };
    const startAuth = async (adjust, migrate) =>
      closeLater(await startBetterAuth({ database: database.betterAuth, secret, version, adjust, migrate }));
    const adjust = async (options, modules) => {
      options.user = { deleteUser: { enabled: true } };
      const { user } = options;
      await scenario.adjust?.(options, modules, context);
      if (options.user !== user) options.user = { ...options.user, ...user };
    };
    betterAuth = await startAuth(adjust, scenario.migrate);
    const common = { databaseUrl: database.url, betterAuthOrigin: betterAuth.origin, secret };
    const startWith = async (variables) =>
      closeLater(await startService({ ...common, variables: { ...scenario.variables?.(context), ...variables } }));
    service = await startWith({});
    const expire = scenario.expire ?? expireRow;
    await group(() =>
      checksOf(scenario)({
        ...context,
        checks: checker(`${version} ${kind}, ${scenario.name}`),
        call: apiClient(service.origin),
        betterAuth,
        algorithm: scenario.algorithm,
        keepsSessionOfDeletedUser: scenario.keepsSessionOfDeletedUser?.(version),
        expire: (user, milliseconds) => expire(user, new Date(Date.now() + milliseconds), context),
        startAnother: async (variables) => apiClient((await startWith(variables)).origin),
        startAnotherAuth: (adjustMore) =>
          startAuth(async (options, modules) => (await adjust(options, modules), adjustMore(options)), scenario.migrate),
      }),
    );
  } catch (error) {
    fail(`${version} ${kind}, ${scenario.name}`, error);
  }
  if (failures() > failuresBefore) {
    console.log(`---- the end of the service's log\n${service?.tail(15)}`);
    console.log(`---- the end of Better Auth's log\n${betterAuth?.log.slice(-8).join("\n")}\n----`);
  }
  // Closes one resource at a time, in reverse order.
  for (const close of closers.reverse()) await close();
  if (scenario.timeZone) originalTimeZone === undefined ? delete process.env.TZ : (process.env.TZ = originalTimeZone);
}

const expireRow = (user, end, { database }) =>
  database.execute(`update "session" set "expiresAt" = $1 where "token" = $2`, [end, user.sessionToken]);

// The exit handler of processes.mjs stops the child processes. A signal alone does not run it.
process.once("SIGTERM", () => process.exit(1));

const selected = scenarios.filter(({ on, name }) => on.includes(`${version} ${kind}`) && name.includes(nameFilter));
let server;
if (selected.some(({ needsRedis }) => needsRedis)) {
  server = await startRedis();
  server.client = new Redis(server.url);
}
for (const scenario of selected) {
  if (scenario.needsRedis) await server.client.flushall();
  await run(scenario, server);
}
server?.client.disconnect();
await server?.close();
summary();
process.exit(failures() > 0 ? 1 : 0);
