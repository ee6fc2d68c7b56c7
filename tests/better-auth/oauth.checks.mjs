// OAuth providers at Better Auth. They sign tokens for third parties with the key set that the service trusts, with the user as `sub`.
// The service must reject these tokens.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import { bearer, credentials, signUp } from "./client.mjs";
import { expectInvalidCredential, expectStatus } from "./expect.mjs";
import { start, temporaryDirectory } from "./processes.mjs";
import { findBinary } from "./service.mjs";

const redirectUri = "https://third-party.example.com/callback";
const secret = "a client's secret of enough length";

/** Returns the options of a third party for `oidc-provider`, which reads trusted clients from its options. */
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

/** Adds `@better-auth/oauth-provider`. Third parties may request access tokens for Better Auth's own origin. */
export async function withOauthProvider(options) {
  const { oauthProvider } = await import("@better-auth/oauth-provider");
  const pages = { loginPage: "/sign-in", consentPage: "/consent" };
  options.plugins.push(oauthProvider({ ...pages, resources: [options.baseURL], enforcePerClientResources: false }));
}

/** Adds `oidc-provider`, which signs with the jwt plugin's keys. One client's id is Better Auth's own origin. */
export function withOidcProvider(options, { plugins: { oidcProvider } }) {
  const trustedClients = ["third-party", options.baseURL].map(trustedClient);
  options.plugins.push(oidcProvider({ loginPage: "/sign-in", useJWTPlugin: true, trustedClients }));
}

/** Obtains a third party's tokens for this user by the authorization-code flow with PKCE. */
async function obtainTokens(origin, user, client, extra = {}) {
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
    ...extra,
  };
  const authorize = `${origin}/api/auth/oauth2/authorize?${new URLSearchParams(query)}`;
  // For a call by a script, Better Auth returns the URL in the body instead of a redirect.
  const response = await fetch(authorize, { headers: { cookie: user.browser.cookie, "sec-fetch-mode": "cors" }, redirect: "manual" });
  const authorizeBody = await response.text();
  assert.equal(response.status, 200, `the authorization endpoint: ${authorizeBody}`);
  const location = JSON.parse(authorizeBody).url;
  assert.ok(location.startsWith(`${redirectUri}?code=`), `redirected to ${location}`);
  const form = {
    grant_type: "authorization_code",
    code: new URL(location).searchParams.get("code"),
    redirect_uri: redirectUri,
    client_id: client.id,
    client_secret: client.secret,
    code_verifier: verifier,
    ...extra,
  };
  const tokenResponse = await fetch(`${origin}/api/auth/oauth2/token`, { method: "POST", body: new URLSearchParams(form) });
  const tokenBody = await tokenResponse.text();
  assert.equal(tokenResponse.status, 200, `the token endpoint: ${tokenBody}`);
  return JSON.parse(tokenBody);
}

const decodePart = (jwt, index) => JSON.parse(Buffer.from(jwt.split(".")[index], "base64url"));

/** Asserts that the ID token is signed with a key of the key set, for this user and this client. */
async function assertIdToken(idToken, { origin, user, client }) {
  const [header, claims] = [decodePart(idToken, 0), decodePart(idToken, 1)];
  const { keys } = await (await fetch(`${origin}/api/auth/jwks`)).json();
  assert.ok(keys.some((key) => key.kid === header.kid), "the ID token's key is in the key set");
  assert.deepEqual([header.typ, claims.sub, claims.aud], [undefined, user.id, client.id]);
}

/** Asserts that the token cannot list, create or delete tasks. */
async function expectTokenRejected(call, user, token) {
  const own = `/api/${encodeURIComponent(user.id)}/tasks`;
  const { body: task } = expectStatus(await call("POST", own, { as: credentials.jwt(user), body: { title: "mine" } }), 201);
  const as = bearer(token);
  expectInvalidCredential(await call("GET", own, { as }));
  expectInvalidCredential(await call("GET", "/api/tasks", { as }));
  expectInvalidCredential(await call("POST", own, { as, body: { title: "theirs" } }));
  expectInvalidCredential(await call("DELETE", `${own}/${task.id}`, { as }));
  const { body: tasks } = expectStatus(await call("GET", own, { as: credentials.jwt(user) }), 200);
  assert.ok(tasks.some(({ id }) => id === task.id) && tasks.every(({ title }) => title === "mine"));
}

const uncheckedClaims = { JWT_AUDIENCE: "any", JWT_ISSUER: "any" };

/** Runs `task-api doctor` and returns its output. */
async function runDoctor({ database, betterAuth, secret }, variables = {}) {
  const env = { PATH: process.env.PATH, DATABASE_URL: database.url, BETTER_AUTH_URL: betterAuth.origin, BETTER_AUTH_SECRET: secret, ...variables };
  const run = start(findBinary(), ["doctor"], { cwd: temporaryDirectory("task-api-doctor-"), env });
  await run.ended;
  return run.tail(Infinity);
}

/** Asserts that doctor names the table of clients, and warns when it checks neither `aud` nor `iss`. */
async function expectDoctorNames(context, table) {
  const warning = new RegExp(`${table}"? receive tokens signed with the same keys`);
  const claimsLine = (text) => text.split("\n").find((line) => line.startsWith("JWT claims")) ?? text;
  const checked = claimsLine(await runDoctor(context));
  assert.match(checked, warning);
  assert.match(checked, /^JWT claims {2}ok/);
  assert.match(claimsLine(await runDoctor(context, uncheckedClaims)), /^JWT claims {2}warn/);
}

/** Checks `@better-auth/oauth-provider`, whose access tokens are JWTs too. */
export async function oauthProvider(context) {
  const { checks: { check, need }, call, betterAuth, startAnother } = context;
  const { origin, auth } = betterAuth;
  const user = await signUp(origin, "Ada", "ada@example.com");
  const client = await need("a third party is registered", async () => {
    const headers = new Headers({ cookie: user.browser.cookie });
    const body = { redirect_uris: [redirectUri], skip_consent: true, token_endpoint_auth_method: "client_secret_post" };
    const created = await auth.api.adminCreateOAuthClient({ headers, body });
    return { id: created.client_id, secret: created.client_secret };
  });
  const tokens = await need("the third party obtains an ID token and an access token", async () => {
    const tokens = await obtainTokens(origin, user, client, { resource: origin });
    await assertIdToken(tokens.id_token, { origin, user, client });
    const [header, claims] = [decodePart(tokens.access_token, 0), decodePart(tokens.access_token, 1)];
    assert.deepEqual([header.typ, claims.sub, [claims.aud].flat().includes(origin)], ["at+jwt", user.id, true]);
    return tokens;
  });
  await check("the ID token is 401, the user's own JWT is accepted", () => expectTokenRejected(call, user, tokens.id_token));
  await check("the access token is 401, although its audience is Better Auth's origin", () => expectTokenRejected(call, user, tokens.access_token));
  await check("both are 401 when neither aud nor iss is checked", async () => {
    const call = await startAnother(uncheckedClaims);
    await expectTokenRejected(call, user, tokens.id_token);
    await expectTokenRejected(call, user, tokens.access_token);
  });
  await check("doctor names the table of clients", () => expectDoctorNames(context, "oauthClient"));
}

/** Inserts the row that the client's access tokens refer to. Only the options can skip the consent. */
function insertClient(database, { clientId, clientSecret, name, type, redirectUrls }) {
  const columns = ["id", "clientId", "clientSecret", "name", "type", "redirectUrls", "createdAt", "updatedAt"];
  const values = [clientId, clientId, clientSecret, name, type, redirectUrls.join(), new Date(), new Date()];
  const names = columns.map((column) => `"${column}"`).join();
  return database.execute(`insert into "oauthApplication" (${names}) values (${values.map((_, index) => `$${index + 1}`)})`, values);
}

/** Checks `oidc-provider` (up to Better Auth 1.6), whose access tokens are opaque. */
export async function oidcProvider(context) {
  const { checks: { check }, call, betterAuth: { origin }, database, startAnother } = context;
  const user = await signUp(origin, "Ada", "ada@example.com");
  for (const id of ["third-party", origin]) await insertClient(database, trustedClient(id));
  await check("doctor names the table of clients", () => expectDoctorNames(context, "oauthApplication"));
  const callUnchecked = await startAnother(uncheckedClaims);
  for (const client of [{ id: "third-party", secret }, { id: origin, secret }]) {
    await check(`the ID token of the client ${client.id === origin ? "with the service's origin as id" : client.id} is 401`, async () => {
      const tokens = await obtainTokens(origin, user, client);
      await assertIdToken(tokens.id_token, { origin, user, client });
      await expectTokenRejected(call, user, tokens.id_token);
      await expectTokenRejected(callUnchecked, user, tokens.id_token);
      await expectTokenRejected(call, user, tokens.access_token);
    });
  }
}
