// The set-ups of Better Auth that front ends have, each on the versions and databases it is driven with.
//
// A scenario changes Better Auth's options (`adjust`), gives the service variables, and names what is checked; without `check` that is
// `essentials`. To add one is to add an entry.

import { copyIsTheSession, trustedCopies } from "./copies.checks.mjs";
import { bans, essentials, keySetAway, rotation, secretRotation, twoFactor } from "./matrix.checks.mjs";
import { oauthProvider, oidcProvider, withOauthProvider, withOidcProvider } from "./oauth.checks.mjs";
import { storageByHand } from "./redis.mjs";

const both = (version) => [`${version} sqlite`, `${version} postgres`];
const everywhere = [...both("1.7"), ...both("1.4"), ...both("1.2")];

/** The jwt plugin with other options than its defaults. */
const withJwt = (jwtOptions) => (options, { plugins: { jwt, bearer } }) => void (options.plugins = [jwt(jwtOptions), bearer()]);
const withPlugin = (name, pluginOptions) => (options, { plugins }) => void options.plugins.push(plugins[name](pluginOptions));
const withOptions = (more) => (options) => void Object.assign(options, more);

/** 1.2 cannot export a key that it was told to make, unless it is told that, too (this option is not documented). */
const algorithm = (alg, on) => ({
  name: `${alg} signs JWTs`,
  on,
  adjust: withJwt({ jwks: { keyPairConfig: { alg, ...(on[0].startsWith("1.2") && { extractable: true }) } } }),
  algorithm: alg,
});

const cookieCache = (strategy, on) => ({
  name: `cookie cache (${strategy}), which the service passes over`,
  on,
  adjust: withOptions({ session: { cookieCache: { enabled: true, maxAge: 300, strategy } } }),
});

const trusted = (strategy, on) => ({
  ...cookieCache(strategy, on),
  name: `cookie cache (${strategy}), which the service trusts`,
  variables: () => ({ SESSION_CACHE: "on" }),
  check: trustedCopies,
});

const renamed = {
  user: { modelName: "app_users", fields: { emailVerified: "email_verified", createdAt: "created_at", updatedAt: "updated_at" } },
  session: {
    modelName: "app_sessions",
    fields: { token: "session_token", userId: "user_id", expiresAt: "expires_at", createdAt: "created_at", updatedAt: "updated_at" },
  },
};

const drizzle = (name, on, form) => ({
  name,
  on,
  migrate: false,
  adjust: async (options, modules, { kind, database }) => {
    const [{ drizzleAdapter }, { drizzleOn }] = await Promise.all([import(`${modules.name}/adapters/drizzle`), import("./drizzle.mjs")]);
    const { db, schema } = await drizzleOn(kind, database, form);
    options.database = drizzleAdapter(db, { provider: kind === "sqlite" ? "sqlite" : "pg", schema, usePlural: form.plural });
  },
  expire: (user, end, { kind, database }) => {
    const millis = form.mode === "timestamp" ? Math.floor(end / 1000) : Number(end);
    const value = kind === "sqlite" ? millis : end.toISOString().replace("Z", "");
    const table = form.plural ? "sessions" : "session";
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

const byBetterAuth = async (client) => (await import("@better-auth/redis-storage")).redisStorage({ client });

export const scenarios = [
  // 1.7 as it comes is driven at length by checks.mjs
  { name: "as it comes", on: [...both("1.4"), ...both("1.2")] },
  algorithm("ES256", ["1.7 sqlite"]),
  algorithm("ES512", ["1.7 postgres"]),
  algorithm("RS256", ["1.7 sqlite"]),
  algorithm("PS256", ["1.7 postgres"]),
  algorithm("ES512", ["1.4 sqlite"]),
  algorithm("RS256", ["1.4 postgres"]),
  algorithm("ES256", ["1.2 postgres"]),
  algorithm("PS256", ["1.2 sqlite"]),
  { name: "keys rotate", on: ["1.7 postgres", "1.4 sqlite"], adjust: withJwt({ jwks: { rotationInterval: 1, gracePeriod: 3600 } }), check: rotation },
  { name: "the key set is away", on: ["1.7 sqlite", "1.4 postgres", "1.2 sqlite"], check: keySetAway },
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
    name: "times of Kysely before 1.3.11, in New York",
    on: ["1.2 postgres"],
    zone: "America/New_York",
    variables: () => ({ SESSION_TIMEZONE: "America/New_York" }),
  },
  redis("Redis, by Better Auth's adapter", both("1.7"), { prefix: "better-auth:", storage: byBetterAuth }),
  {
    ...redis("Redis, by hand", ["1.4 sqlite", "1.2 postgres"], { prefix: "", storage: storageByHand }),
    // 1.2 forgets to delete the sessions of a deleted user there
    outlivesUser: (version) => version === "1.2",
  },
  redis("Redis, with sessions in the database too", ["1.7 sqlite", "1.4 postgres"], {
    prefix: "",
    storage: storageByHand,
    session: { storeSessionInDatabase: true },
  }),
  {
    // the row is what counts here
    ...redis("sessions in the database, with Redis too", ["1.7 postgres", "1.2 sqlite"], {
      storage: storageByHand,
      session: { storeSessionInDatabase: true },
    }),
    variables: () => ({ SESSION_SOURCE: "database" }),
    expire: undefined,
  },
  { name: "asked by HTTP", on: ["1.7 sqlite", "1.4 postgres", "1.2 sqlite"], variables: () => ({ SESSION_SOURCE: "http" }) },
  { name: "bans", on: everywhere, adjust: withPlugin("admin"), check: bans },
  { name: "two factors", on: ["1.7 postgres", "1.4 sqlite", "1.2 sqlite"], adjust: withPlugin("twoFactor", { skipVerificationOnEnable: true }), check: twoFactor },
  { name: "an OAuth provider", on: both("1.7"), adjust: withOauthProvider, check: oauthProvider },
  { name: "an OAuth provider (oidc-provider)", on: both("1.4"), adjust: withOidcProvider, check: oidcProvider },
  {
    name: "secrets rotate",
    on: both("1.7"),
    adjust: (options, _modules, { secret }) => void Object.assign(options, { secret: undefined, secrets: [{ version: 1, value: secret }] }),
    check: secretRotation,
  },
  // Not 1.2, which now and then cannot read its own copy, and then answers 401 itself, right after the sign-in.
  cookieCache("compact", ["1.7 sqlite", "1.4 postgres"]),
  cookieCache("jwt", ["1.7 postgres", "1.4 sqlite"]),
  cookieCache("jwe", ["1.7 sqlite", "1.4 postgres"]),
  trusted("compact", ["1.7 sqlite", "1.4 postgres"]),
  trusted("jwt", ["1.7 postgres", "1.4 sqlite"]),
  trusted("jwe", ["1.7 sqlite", "1.4 postgres"]),
  {
    // from 1.4 on; users and keys are in the process's memory then, and the copy is encrypted unless another form is asked for
    name: "without a database",
    on: ["1.7 sqlite", "1.7 postgres", "1.4 sqlite"],
    migrate: false,
    adjust: (options) => void delete options.database,
    variables: () => ({ SESSION_SOURCE: "cookie" }),
    check: copyIsTheSession,
  },
  // the last: the jwt plugin writes the new name into a schema that all later instances in this process share
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

export const checkOf = (scenario) => scenario.check ?? essentials;
