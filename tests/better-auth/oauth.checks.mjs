// An OAuth provider at Better Auth: the tokens that it issues to third parties are signed with the key set that the service trusts, with
// the user as `sub`. They open nothing.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import { bearer, proofs, signUp } from "./client.mjs";
import { expectRefused, expectStatus } from "./expect.mjs";
import { start, temporaryDirectory } from "./processes.mjs";
import { findBinary } from "./service.mjs";

const redirectUri = "https://third-party.example.com/callback";
const secret = "a client's secret of enough length";

/** A third party of `oidc-provider`, which takes its trusted clients from its options. */
const trustedClient = (clientId) => ({
  clientId,
  clientSecret: secret,
  name: "Third party",
  type: "web",
  redirectUrls: [redirectUri],
  disabled: false,
  skipConsent: true,
  metadata: {},
});

/** Adds `@better-auth/oauth-provider`. Third parties may ask for access tokens for the API of this very origin. */
export async function withOauthProvider(options) {
  const { oauthProvider } = await import("@better-auth/oauth-provider");
  const pages = { loginPage: "/sign-in", consentPage: "/consent" };
  options.plugins.push(oauthProvider({ ...pages, resources: [options.baseURL], enforcePerClientResources: false }));
}

/** Adds `oidc-provider`, which signs with the jwt plugin's keys. One of its clients has the name of this very origin. */
export function withOidcProvider(options, { plugins: { oidcProvider } }) {
  const trustedClients = ["third-party", options.baseURL].map(trustedClient);
  options.plugins.push(oidcProvider({ loginPage: "/sign-in", useJWTPlugin: true, trustedClients }));
}

/** A third party's tokens for this user, by the authorization-code flow with PKCE. */
async function tokensFor(origin, user, client, more = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = {
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid profile email",
    state: "state",
    nonce: "nonce",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...more,
  };
  const authorize = `${origin}/api/auth/oauth2/authorize?${new URLSearchParams(query)}`;
  // a script's call is told where to go, and not redirected
  const response = await fetch(authorize, { headers: { cookie: user.browser.cookie, "sec-fetch-mode": "cors" }, redirect: "manual" });
  const told = await response.text();
  assert.equal(response.status, 200, `the authorization endpoint: ${told}`);
  const location = JSON.parse(told).url;
  assert.ok(location.startsWith(`${redirectUri}?code=`), `redirected to ${location}`);
  const form = {
    grant_type: "authorization_code",
    code: new URL(location).searchParams.get("code"),
    redirect_uri: redirectUri,
    client_id: client.id,
    client_secret: client.secret,
    code_verifier: verifier,
    ...more,
  };
  const answer = await fetch(`${origin}/api/auth/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  const text = await answer.text();
  assert.equal(answer.status, 200, `the token endpoint: ${text}`);
  return JSON.parse(text);
}

const part = (jwt, number) => JSON.parse(Buffer.from(jwt.split(".")[number], "base64url"));

/** Signed with a key of the key set, for this user and this client: what makes it dangerous. */
async function assertIdToken(idToken, { origin, user, client }) {
  const [header, claims] = [part(idToken, 0), part(idToken, 1)];
  const { keys } = await (await fetch(`${origin}/api/auth/jwks`)).json();
  assert.ok(keys.some((key) => key.kid === header.kid), "its key is in the key set");
  assert.deepEqual([header.typ, claims.sub, claims.aud], [undefined, user.id, client.id]);
}

/** The token opens neither a list nor a creation nor a deletion. */
async function opensNothing(call, user, token) {
  const own = `/api/${encodeURIComponent(user.id)}/tasks`;
  const { body: task } = expectStatus(await call("POST", own, { as: proofs.jwt(user), body: { title: "mine" } }), 201);
  const as = bearer(token);
  expectRefused(await call("GET", own, { as }));
  expectRefused(await call("GET", "/api/tasks", { as }));
  expectRefused(await call("POST", own, { as, body: { title: "theirs" } }));
  expectRefused(await call("DELETE", `${own}/${task.id}`, { as }));
  const { body: tasks } = expectStatus(await call("GET", own, { as: proofs.jwt(user) }), 200);
  assert.ok(tasks.some(({ id }) => id === task.id) && tasks.every(({ title }) => title === "mine"));
}

const unchecked = { JWT_AUDIENCE: "any", JWT_ISSUER: "any" };

/** What `task-api doctor` prints. */
async function doctor({ database, betterAuth, secret }, variables = {}) {
  const env = { PATH: process.env.PATH, DATABASE_URL: database.url, BETTER_AUTH_URL: betterAuth.origin, BETTER_AUTH_SECRET: secret, ...variables };
  const run = start(findBinary(), ["doctor"], { cwd: temporaryDirectory("task-api-doctor-"), env });
  await run.ended;
  return run.tail(Infinity);
}

async function doctorNames(world, table) {
  const told = new RegExp(`${table}"? get tokens signed with the same keys`);
  const line = (text) => text.split("\n").find((line) => line.startsWith("JWT claims")) ?? text;
  const checked = line(await doctor(world));
  assert.match(checked, told);
  assert.match(checked, /^JWT claims {2}ok/);
  assert.match(line(await doctor(world, unchecked)), /^JWT claims {2}warn/);
}

/** `@better-auth/oauth-provider`, which issues access tokens as JWTs too. */
export async function oauthProvider(world) {
  const { checks: { check, need }, call, betterAuth, startAnother } = world;
  const { origin, auth } = betterAuth;
  const user = await signUp(origin, "Ada", "ada@example.com");
  const client = await need("a third party is registered", async () => {
    const headers = new Headers({ cookie: user.browser.cookie });
    const body = { redirect_uris: [redirectUri], skip_consent: true, token_endpoint_auth_method: "client_secret_post" };
    const made = await auth.api.adminCreateOAuthClient({ headers, body });
    return { id: made.client_id, secret: made.client_secret };
  });
  const tokens = await need("it gets an ID token and an access token", async () => {
    const tokens = await tokensFor(origin, user, client, { resource: origin });
    await assertIdToken(tokens.id_token, { origin, user, client });
    const [header, claims] = [part(tokens.access_token, 0), part(tokens.access_token, 1)];
    assert.deepEqual([header.typ, claims.sub, [claims.aud].flat().includes(origin)], ["at+jwt", user.id, true]);
    return tokens;
  });
  await check("the ID token is 401, the user's own JWT opens", () => opensNothing(call, user, tokens.id_token));
  await check("the access token is 401, also for this very resource", () => opensNothing(call, user, tokens.access_token));
  await check("both are 401 where neither aud nor iss is checked", async () => {
    const call = await startAnother(unchecked);
    await opensNothing(call, user, tokens.id_token);
    await opensNothing(call, user, tokens.access_token);
  });
  await check("doctor names the table of clients", () => doctorNames(world, "oauthClient"));
}

/** The row that an access token of this client refers to; only the options can say that a client needs no consent. */
function addRow(database, { clientId, clientSecret, name, type, redirectUrls }) {
  const columns = ["id", "clientId", "clientSecret", "name", "type", "redirectUrls", "createdAt", "updatedAt"];
  const values = [clientId, clientId, clientSecret, name, type, redirectUrls.join(), new Date(), new Date()];
  const names = columns.map((column) => `"${column}"`).join();
  return database.execute(`insert into "oauthApplication" (${names}) values (${values.map((_, index) => `$${index + 1}`)})`, values);
}

/** `oidc-provider` up to 1.6, whose access tokens are opaque. */
export async function oidcProvider(world) {
  const { checks: { check }, call, betterAuth: { origin }, database, startAnother } = world;
  const user = await signUp(origin, "Ada", "ada@example.com");
  for (const id of ["third-party", origin]) await addRow(database, trustedClient(id));
  await check("doctor names the table of clients", () => doctorNames(world, "oauthApplication"));
  const another = await startAnother(unchecked);
  for (const client of [{ id: "third-party", secret }, { id: origin, secret }]) {
    await check(`the ID token of the client ${client.id === origin ? "that is called like the service" : client.id} is 401`, async () => {
      const tokens = await tokensFor(origin, user, client);
      await assertIdToken(tokens.id_token, { origin, user, client });
      await opensNothing(call, user, tokens.id_token);
      await opensNothing(another, user, tokens.id_token);
      await opensNothing(call, user, tokens.access_token);
    });
  }
}
