// Configurations of Better Auth, each with the versions and databases to test it on.
//
// A scenario changes Better Auth's options (`adjust`), sets environment variables of the service (`variables`), and names its checks
// (`check`, by default `essentials`). To add a scenario, add an entry.

import { statelessSessions, trustedCookieCache } from "./cookie-cache.checks.mjs";
import { bans, essentials, keyRotation, keySetUnreachable, secretRotation, twoFactor } from "./matrix.checks.mjs";
import { oauthProvider, oidcProvider, withOauthProvider, withOidcProvider } from "./oauth.checks.mjs";
import { documentedStorage } from "./redis.mjs";

const both = (version) => [`${version} sqlite`, `${version} postgres`];
const allVersions = [...both("1.7"), ...both("1.4"), ...both("1.2")];

/** Replaces the jwt plugin's default options. */
const withJwt = (jwtOptions) => (options, { plugins: { jwt, bearer } }) => void (options.plugins = [jwt(jwtOptions), bearer()]);
const withPlugin = (name, pluginOptions) => (options, { plugins }) => void options.plugins.push(plugins[name](pluginOptions));
const withOptions = (more) => (options) => void Object.assign(options, more);

/** Signs JWTs with this algorithm. Better Auth 1.2 can export the key only with the undocumented option `extractable`. */
const algorithm = (alg, on) => ({
  name: `${alg} signs JWTs`,
  on,
  adjust: withJwt({ jwks: { keyPairConfig: { alg, ...(on[0].startsWith("1.2") && { extractable: true }) } } }),
  algorithm: alg,
});

const cookieCache = (strategy, on) => ({
  name: `cookie cache (${strategy}), ignored by the service`,
  on,
  adjust: withOptions({ session: { cookieCache: { enabled: true, maxAge: 300, strategy } } }),
});

const trustedCache = (strategy, on) => ({
  ...cookieCache(strategy, on),
  name: `cookie cache (${strategy}), trusted by the service`,
  variables: () => ({ SESSION_CACHE: "on" }),
  check: trustedCookieCache,
});

const renamed = {
  user: { modelName: "app_users", fields: { emailVerified: "email_verified", createdAt: "created_at", updatedAt: "updated_at" } },
  session: {
    modelName: "app_sessions",
    fields: { token: "session_token", userId: "user_id", expiresAt: "expires_at", createdAt: "created_at", updatedAt: "updated_at" },
  },
};

const drizzle = (name, on, tableOptions) => ({
  name,
  on,
  migrate: false,
  adjust: async (options, modules, { kind, database }) => {
    const [{ drizzleAdapter }, { createDrizzleTables }] = await Promise.all([import(`${modules.name}/adapters/drizzle`), import("./drizzle.mjs")]);
    const { db, schema } = await createDrizzleTables(kind, database, tableOptions);
    options.database = drizzleAdapter(db, { provider: kind === "sqlite" ? "sqlite" : "pg", schema, usePlural: tableOptions.plural });
  },
  expire: (user, end, { kind, database }) => {
    const milliseconds = tableOptions.mode === "timestamp" ? Math.floor(end / 1000) : Number(end);
    const value = kind === "sqlite" ? milliseconds : end.toISOString().replace("Z", "");
    const table = tableOptions.plural ? "sessions" : "session";
    return database.execute(`update "${table}" set "expires_at" = $1 where "token" = $2`, [value, user.sessionToken]);
  },
});

const redis = (name, on, { prefix, session, storage }) => ({
  name,
  on,
  needsRedis: true,
  adjust: async (options, _modules, { redis }) => {
    Object.assign(options, { secondaryStorage: await storage(redis.client), session });
  },
  variables: ({ redis }) => ({ SESSION_SOURCE: "redis", REDIS_URL: redis.url }),
  expire: async (user, end, { redis: { client } }) => {
    const record = JSON.parse(await client.get(prefix + user.sessionToken));
    record.session.expiresAt = end.toISOString();
    await client.set(prefix + user.sessionToken, JSON.stringify(record));
  },
});

const officialStorage = async (client) => (await import("@better-auth/redis-storage")).redisStorage({ client });

export const scenarios = [
  // checks.mjs tests 1.7 with default options.
  { name: "default options", on: [...both("1.4"), ...both("1.2")] },
  algorithm("ES256", ["1.7 sqlite"]),
  algorithm("ES512", ["1.7 postgres"]),
  algorithm("RS256", ["1.7 sqlite"]),
  algorithm("PS256", ["1.7 postgres"]),
  algorithm("ES512", ["1.4 sqlite"]),
  algorithm("RS256", ["1.4 postgres"]),
  algorithm("ES256", ["1.2 postgres"]),
  algorithm("PS256", ["1.2 sqlite"]),
  { name: "keys rotate", on: ["1.7 postgres", "1.4 sqlite"], adjust: withJwt({ jwks: { rotationInterval: 1, gracePeriod: 3600 } }), check: keyRotation },
  { name: "the key set is unreachable", on: ["1.7 sqlite", "1.4 postgres", "1.2 sqlite"], check: keySetUnreachable },
  {
    name: "secure prefix",
    on: ["1.7 sqlite", "1.4 postgres"],
    adjust: withOptions({ advanced: { useSecureCookies: true } }),
    variables: () => ({ COOKIE_SECURE: "true" }),
  },
  {
    name: "custom prefix",
    on: ["1.7 postgres", "1.2 sqlite"],
    adjust: withOptions({ advanced: { cookiePrefix: "shop" } }),
    variables: () => ({ COOKIE_PREFIX: "shop" }),
  },
  { name: "ids are uuids", on: ["1.7 postgres", "1.7 sqlite", "1.4 postgres"], adjust: withOptions({ advanced: { database: { generateId: "uuid" } } }) },
  { name: "ids are serial", on: ["1.7 postgres", "1.7 sqlite", "1.4 postgres"], adjust: withOptions({ advanced: { database: { generateId: "serial" } } }) },
  { name: "ids are numbers", on: ["1.2 postgres", "1.4 sqlite"], adjust: withOptions({ advanced: { database: { useNumberId: true } } }) },
  drizzle("Drizzle", [...both("1.7"), "1.4 postgres"], {}),
  drizzle("Drizzle, dates in seconds", ["1.7 sqlite"], { mode: "timestamp" }),
  drizzle("Drizzle, names in the plural", ["1.7 postgres", "1.4 sqlite"], { plural: true }),
  {
    name: "time stamps without a zone (Better Auth before 1.3.11), in New York",
    on: ["1.2 postgres"],
    timeZone: "America/New_York",
    variables: () => ({ SESSION_TIMEZONE: "America/New_York" }),
  },
  redis("Redis, with Better Auth's adapter", both("1.7"), { prefix: "better-auth:", storage: officialStorage }),
  {
    ...redis("Redis, with the documented storage", ["1.4 sqlite", "1.2 postgres"], { prefix: "", storage: documentedStorage }),
    // Better Auth 1.2 does not delete the sessions of a deleted user in Redis.
    keepsSessionOfDeletedUser: (version) => version === "1.2",
  },
  redis("Redis, with sessions in the database too", ["1.7 sqlite", "1.4 postgres"], {
    prefix: "",
    storage: documentedStorage,
    session: { storeSessionInDatabase: true },
  }),
  {
    // The service reads the row, not Redis.
    ...redis("sessions in the database, with Redis too", ["1.7 postgres", "1.2 sqlite"], {
      storage: documentedStorage,
      session: { storeSessionInDatabase: true },
    }),
    variables: () => ({ SESSION_SOURCE: "database" }),
    expire: undefined,
  },
  { name: "session look-up over HTTP", on: ["1.7 sqlite", "1.4 postgres", "1.2 sqlite"], variables: () => ({ SESSION_SOURCE: "http" }) },
  { name: "bans", on: allVersions, adjust: withPlugin("admin"), check: bans },
  { name: "two factors", on: ["1.7 postgres", "1.4 sqlite", "1.2 sqlite"], adjust: withPlugin("twoFactor", { skipVerificationOnEnable: true }), check: twoFactor },
  { name: "an OAuth provider", on: both("1.7"), adjust: withOauthProvider, check: oauthProvider },
  { name: "an OAuth provider (oidc-provider)", on: both("1.4"), adjust: withOidcProvider, check: oidcProvider },
  {
    name: "secrets rotate",
    on: both("1.7"),
    adjust: (options, _modules, { secret }) => void Object.assign(options, { secret: undefined, secrets: [{ version: 1, value: secret }] }),
    check: secretRotation,
  },
  // Not on 1.2: it sometimes cannot read its own cache cookie and then returns 401 right after the sign-in.
  cookieCache("compact", ["1.7 sqlite", "1.4 postgres"]),
  cookieCache("jwt", ["1.7 postgres", "1.4 sqlite"]),
  cookieCache("jwe", ["1.7 sqlite", "1.4 postgres"]),
  trustedCache("compact", ["1.7 sqlite", "1.4 postgres"]),
  trustedCache("jwt", ["1.7 postgres", "1.4 sqlite"]),
  trustedCache("jwe", ["1.7 sqlite", "1.4 postgres"]),
  {
    // From 1.4. Users and keys are in memory. The cookie cache is encrypted by default.
    name: "without a database",
    on: ["1.7 sqlite", "1.7 postgres", "1.4 sqlite"],
    migrate: false,
    adjust: (options) => void delete options.database,
    variables: () => ({ SESSION_SOURCE: "cookie" }),
    check: statelessSessions,
  },
  // Runs last: the jwt plugin writes the new name into a schema that later instances in this process share.
  {
    name: "renamed tables",
    on: ["1.7 postgres", "1.7 sqlite", "1.2 postgres"],
    adjust: (options, modules) => {
      Object.assign(options, structuredClone(renamed));
      const jwks = { modelName: "signing_keys", fields: { publicKey: "public_key" } };
      withJwt({ schema: { jwks } })(options, modules);
    },
    variables: () => ({
      SESSION_TABLE: "app_sessions",
      USER_TABLE: "app_users",
      JWKS_TABLE: "signing_keys",
      BETTER_AUTH_COLUMNS: "session.token=session_token",
    }),
    expire: (user, end, { database }) =>
      database.execute(`update "app_sessions" set "expires_at" = $1 where "session_token" = $2`, [end, user.sessionToken]),
  },
];

export const checksOf = (scenario) => scenario.check ?? essentials;
