// Checks for each version and configuration of Better Auth.

import assert from "node:assert/strict";

import { Browser, bearer, password, credentials, signIn, signUp } from "./client.mjs";
import { expectProblem, expectInvalidCredential, expectStatus } from "./expect.mjs";
import { expectRejected, expectAccepted } from "./sessions.checks.mjs";
import { cookie } from "./unauthorized.checks.mjs";

/** Checks sign-up, each credential, sign-out, revocation, expiry and deletion. `expire` sets a session's expiry. */
export async function essentials(context) {
  const { checks, call, betterAuth, expire, algorithm = "EdDSA", keepsSessionOfDeletedUser = false } = context;
  const { check, need } = checks;
  const { origin, mails } = betterAuth;
  const user = await need("after sign-up the cookie, the JWT and both forms of the bearer token are accepted", async () => {
    const user = await signUp(origin, "Ada", "ada@example.com");
    assert.equal(headerOf(user.jwt).alg, algorithm);
    const path = `/api/${encodeURIComponent(user.id)}/tasks`;
    for (const headersOf of Object.values(credentials)) {
      const { body } = expectStatus(await call("POST", path, { as: headersOf(user), body: { title: "t" } }), 201);
      assert.equal(body.user_id, user.id);
      expectStatus(await call("GET", "/api/tasks", { as: headersOf(user) }), 200);
      expectProblem(await call("GET", `/api/${encodeURIComponent(user.id)}0/tasks`, { as: headersOf(user) }), 403);
    }
    return user;
  });
  await check("a session with rememberMe: false is accepted; its dont_remember cookie is 401", async () => {
    const unremembered = await expectAccepted(call, await signIn(user, { rememberMe: false }));
    const dontRemember = unremembered.browser.setCookies.find((pair) => pair.includes("dont_remember="));
    expectInvalidCredential(await call("GET", "/api/tasks", { as: bearer(dontRemember.slice(dontRemember.indexOf("=") + 1)) }));
  });
  await check("the token of an e-mail verification link is 401", async () => {
    await user.browser.request("/send-verification-email", { email: user.email });
    expectInvalidCredential(await call("GET", "/api/tasks", { as: bearer(mails.at(-1).token) }));
  });
  await check("after sign-out cookie and bearer token are 401, the JWT stays valid", async () => {
    const other = await expectAccepted(call, await signIn(user));
    const signedOut = { ...other, browser: { cookie: other.browser.cookie } };
    await other.browser.request("/sign-out", {});
    await expectRejected(call, signedOut);
    expectStatus(await call("GET", "/api/tasks", { as: credentials.jwt(other) }), 200);
  });
  await check("/revoke-other-sessions ends the other sessions and keeps its own", async () => {
    const other = await expectAccepted(call, await signIn(user));
    await user.browser.request("/revoke-other-sessions", {});
    await expectRejected(call, other);
    await expectAccepted(call, user);
  });
  await check("a session is accepted until its expiry, then 401", async () => {
    const other = await expectAccepted(call, await signIn(user));
    await expire(other, 60_000);
    await expectAccepted(call, other);
    await expire(other, -1_000);
    await expectRejected(call, other);
  });
  await check(keepsSessionOfDeletedUser ? "a deleted user's session stays valid, as in Better Auth itself" : "a deleted user is 401", async () => {
    const deleted = { ...user, browser: { cookie: user.browser.cookie } };
    await user.browser.request("/delete-user", { password });
    if (keepsSessionOfDeletedUser) {
      const response = await fetch(`${origin}/api/auth/get-session`, { headers: { cookie: deleted.browser.cookie } });
      assert.notEqual(await response.json(), null, "Better Auth still returns the session");
      await expectAccepted(call, deleted);
    } else await expectRejected(call, deleted);
  });
}

/** Checks bans written to the table, an expired ban, and a ban by an administrator. */
export async function bans({ checks: { check }, call, betterAuth: { origin }, database }) {
  const [admin, user] = await Promise.all([signUp(origin, "Ada", "ada@example.com"), signUp(origin, "Ben", "ben@example.com")]);
  const ban = (banned, end) =>
    database.execute(`update "user" set "banned" = $1, "banExpires" = $2 where "id" = $3`, [banned, end, user.id]);
  await check("a banned user's session is 401, also where Better Auth keeps the session", async () => {
    await expectAccepted(call, user);
    await ban(database.true, null);
    await expectRejected(call, user);
    await ban(database.true, new Date(Date.now() + 60_000));
    await expectRejected(call, user);
  });
  await check("an expired ban is ignored", async () => {
    await ban(database.true, new Date(Date.now() - 1_000));
    await expectAccepted(call, user);
  });
  await check("after /admin/ban-user the next call is 401", async () => {
    await ban(database.false, null);
    await database.execute(`update "user" set "role" = $1 where "id" = $2`, ["admin", admin.id]);
    await expectAccepted(call, user);
    await admin.browser.request("/admin/ban-user", { userId: user.id });
    await expectRejected(call, user);
  });
}

/** Checks that cookies of the first factor are 401. Up to Better Auth 1.5 they include a signed session token. */
export async function twoFactor({ checks: { check }, call, betterAuth: { origin }, version }) {
  const user = await signUp(origin, "Ada", "ada@example.com");
  await user.browser.request("/two-factor/enable", { password });
  await check("cookies of the first factor alone are 401", async () => {
    const browser = new Browser(origin);
    const { body } = await browser.request("/sign-in/email", { email: user.email, password });
    assert.equal(body.twoFactorRedirect, true);
    const values = browser.setCookies.map((pair) => pair.slice(pair.indexOf("=") + 1)).filter((value) => value.includes("."));
    assert.ok(values.length > 0, "Better Auth set signed cookies");
    const isLeaked = browser.setCookies.some((pair) => /session_token=./.test(pair));
    assert.equal(isLeaked, version !== "1.7", "the cookies include a session token up to 1.5");
    for (const value of values) {
      expectInvalidCredential(await call("GET", "/api/tasks", { as: cookie(value) }));
      expectInvalidCredential(await call("GET", "/api/tasks", { as: bearer(value) }));
    }
  });
}

/** Checks JWTs signed before and after a key rotation. */
export async function keyRotation({ checks: { check }, call, betterAuth: { origin } }) {
  const user = await signUp(origin, "Ada", "ada@example.com");
  const expectJwtAccepted = async (jwt) => expectStatus(await call("GET", "/api/tasks", { as: bearer(jwt) }), 200);
  await check("JWTs of the old and of the new key are accepted", async () => {
    await expectJwtAccepted(user.jwt);
    const renewed = await waitUntil(async () => {
      const { token } = (await user.browser.request("/token")).body;
      return headerOf(token).kid !== headerOf(user.jwt).kid && token;
    });
    await expectJwtAccepted(renewed);
    await expectJwtAccepted(user.jwt);
  });
}

/** Checks JWTs while the front end, and with it the key set, is unreachable. */
export async function keySetUnreachable({ checks: { check }, call, betterAuth, startAnother }) {
  const user = await signUp(betterAuth.origin, "Ada", "ada@example.com");
  const expectJwtAccepted = async (call) => expectStatus(await call("GET", "/api/tasks", { as: credentials.jwt(user) }), 200);
  await expectJwtAccepted(call);
  await betterAuth.close();
  await check("a JWT of a cached key is accepted while the front end is unreachable", () => expectJwtAccepted(call));
  await check("a service that starts during the outage reads the keys from the table", async () => {
    await expectJwtAccepted(await startAnother({}));
  });
  await check("with JWKS_URL only, the JWT is 503 and the cookie is accepted", async () => {
    const call = await startAnother({ JWKS_URL: `${betterAuth.origin}/api/auth/jwks` });
    expectProblem(await call("GET", "/api/tasks", { as: credentials.jwt(user) }), 503);
    expectStatus(await call("GET", "/api/tasks", { as: credentials.cookie(user) }), 200);
  });
}

/** Checks a rotation of the secret by `BETTER_AUTH_SECRETS`, at the front end and at the service. */
export async function secretRotation({ checks: { check }, call, betterAuth: { origin }, secret, startAnother, startAnotherAuth }) {
  const user = await signUp(origin, "Ada", "ada@example.com");
  await expectAccepted(call, user);
  const current = "a new secret of more than thirty-two bytes";
  const secrets = [
    { version: 2, value: current },
    { version: 1, value: secret },
  ];
  const rotatedAuth = await startAnotherAuth((options) => Object.assign(options, { secrets }));
  const callRotated = await startAnother({ BETTER_AUTH_SECRETS: `2:${current},1:${secret}`, BETTER_AUTH_URL: rotatedAuth.origin });
  await check("after a rotation new and old sessions are accepted", async () => {
    const later = await signIn({ ...user, browser: { origin: rotatedAuth.origin } });
    await expectAccepted(callRotated, later);
    expectStatus(await callRotated("GET", "/api/tasks", { as: credentials.jwt(later) }), 200);
    expectStatus(await callRotated("GET", "/api/tasks", { as: { cookie: user.browser.cookie } }), 200);
  });
  await check("without the new secret, new sessions are 401", async () => {
    const later = await signIn({ ...user, browser: { origin: rotatedAuth.origin } });
    await expectRejected(call, later);
  });
}

export const headerOf = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[0], "base64url"));

async function waitUntil(condition) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const result = await condition();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the condition was not met within 30 seconds");
}
