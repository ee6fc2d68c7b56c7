// What must hold for every version and set-up of Better Auth.

import assert from "node:assert/strict";

import { Browser, bearer, password, proofs, signIn, signUp } from "./client.mjs";
import { expectProblem, expectRefused, expectStatus } from "./expect.mjs";
import { closed, opens } from "./sessions.checks.mjs";
import { cookie } from "./strangers.checks.mjs";

/** Sign-up, every proof, sign-out, revocation, expiry, deletion. `expire` moves a session's end. */
export async function essentials(world) {
  const { checks, call, betterAuth, expire, algorithm = "EdDSA", outlivesUser = false } = world;
  const { check, need } = checks;
  const { origin, mails } = betterAuth;
  const user = await need("sign-up; the cookie, the JWT and the bearer token in both forms open", async () => {
    const user = await signUp(origin, "Ada", "ada@example.com");
    assert.equal(headerOf(user.jwt).alg, algorithm);
    const path = `/api/${encodeURIComponent(user.id)}/tasks`;
    for (const prove of Object.values(proofs)) {
      const { body } = expectStatus(await call("POST", path, { as: prove(user), body: { title: "t" } }), 201);
      assert.equal(body.user_id, user.id);
      expectStatus(await call("GET", "/api/tasks", { as: prove(user) }), 200);
      expectProblem(await call("GET", `/api/${encodeURIComponent(user.id)}0/tasks`, { as: prove(user) }), 403);
    }
    return user;
  });
  await check("a session that is not to be remembered opens", async () => {
    const forgetful = await opens(call, await signIn(user, { rememberMe: false }));
    const other = forgetful.browser.seen.find((pair) => pair.includes("dont_remember="));
    expectRefused(await call("GET", "/api/tasks", { as: bearer(other.slice(other.indexOf("=") + 1)) }));
  });
  await check("the token of an e-mail verification link is 401", async () => {
    await user.browser.request("/send-verification-email", { email: user.email });
    expectRefused(await call("GET", "/api/tasks", { as: bearer(mails.at(-1).token) }));
  });
  await check("after sign-out cookie and bearer are 401, the JWT goes on", async () => {
    const other = await opens(call, await signIn(user));
    const gone = { ...other, browser: { cookie: other.browser.cookie } };
    await other.browser.request("/sign-out", {});
    await closed(call, gone);
    expectStatus(await call("GET", "/api/tasks", { as: proofs.jwt(other) }), 200);
  });
  await check("/revoke-other-sessions closes the others, not one's own", async () => {
    const other = await opens(call, await signIn(user));
    await user.browser.request("/revoke-other-sessions", {});
    await closed(call, other);
    await opens(call, user);
  });
  await check("a session ends when its time is over, and not before", async () => {
    const other = await opens(call, await signIn(user));
    await expire(other, 60_000);
    await opens(call, other);
    await expire(other, -1_000);
    await closed(call, other);
  });
  await check(outlivesUser ? "a deleted user's session goes on, as at Better Auth itself" : "a deleted user is 401", async () => {
    const gone = { ...user, browser: { cookie: user.browser.cookie } };
    await user.browser.request("/delete-user", { password });
    if (outlivesUser) {
      const response = await fetch(`${origin}/api/auth/get-session`, { headers: { cookie: gone.browser.cookie } });
      assert.notEqual(await response.json(), null, "what Better Auth says");
      await opens(call, gone);
    } else await closed(call, gone);
  });
}

/** A ban by hand, one that has run out, and one by an administrator. */
export async function bans({ checks: { check }, call, betterAuth: { origin }, database }) {
  const [admin, user] = await Promise.all([signUp(origin, "Ada", "ada@example.com"), signUp(origin, "Ben", "ben@example.com")]);
  const ban = (banned, end) =>
    database.execute(`update "user" set "banned" = $1, "banExpires" = $2 where "id" = $3`, [banned, end, user.id]);
  await check("a banned user's session is 401, also where Better Auth lets it live", async () => {
    await opens(call, user);
    await ban(database.true, null);
    await closed(call, user);
    await ban(database.true, new Date(Date.now() + 60_000));
    await closed(call, user);
  });
  await check("a ban that has run out is none", async () => {
    await ban(database.true, new Date(Date.now() - 1_000));
    await opens(call, user);
  });
  await check("/admin/ban-user closes the session at the very next call", async () => {
    await ban(database.false, null);
    await database.execute(`update "user" set "role" = $1 where "id" = $2`, ["admin", admin.id]);
    await opens(call, user);
    await admin.browser.request("/admin/ban-user", { userId: user.id });
    await closed(call, user);
  });
}

/** What a first factor leaves in the browser opens nothing; up to 1.5 there is a well-signed session token among it. */
export async function twoFactor({ checks: { check }, call, betterAuth: { origin }, version }) {
  const user = await signUp(origin, "Ada", "ada@example.com");
  await user.browser.request("/two-factor/enable", { password });
  await check("no cookie of the first factor is a session", async () => {
    const browser = new Browser(origin);
    const { body } = await browser.request("/sign-in/email", { email: user.email, password });
    assert.equal(body.twoFactorRedirect, true);
    const values = browser.seen.map((pair) => pair.slice(pair.indexOf("=") + 1)).filter((value) => value.includes("."));
    assert.ok(values.length > 0, "Better Auth set signed cookies");
    const isLeaked = browser.seen.some((pair) => /session_token=./.test(pair));
    assert.equal(isLeaked, version !== "1.7", "a session token is among them");
    for (const value of values) {
      expectRefused(await call("GET", "/api/tasks", { as: cookie(value) }));
      expectRefused(await call("GET", "/api/tasks", { as: bearer(value) }));
    }
  });
}

/** Keys of before and after a rotation. */
export async function rotation({ checks: { check }, call, betterAuth: { origin } }) {
  const user = await signUp(origin, "Ada", "ada@example.com");
  const open = async (jwt) => expectStatus(await call("GET", "/api/tasks", { as: bearer(jwt) }), 200);
  await check("JWTs of the old and of the new key open", async () => {
    await open(user.jwt);
    const renewed = await until(async () => {
      const { token } = (await user.browser.request("/token")).body;
      return headerOf(token).kid !== headerOf(user.jwt).kid && token;
    });
    await open(renewed);
    await open(user.jwt);
  });
}

/** The front end, and with it the key set, goes away. */
export async function keySetAway({ checks: { check }, call, betterAuth, startAnother }) {
  const user = await signUp(betterAuth.origin, "Ada", "ada@example.com");
  const open = async (call) => expectStatus(await call("GET", "/api/tasks", { as: proofs.jwt(user) }), 200);
  await open(call);
  await betterAuth.close();
  await check("a JWT of a known key opens while the front end is away", () => open(call));
  await check("a service that starts meanwhile has the keys from the table", async () => {
    await open(await startAnother({}));
  });
  await check("with JWKS_URL alone it is 503, and cookies open", async () => {
    const call = await startAnother({ JWKS_URL: `${betterAuth.origin}/api/auth/jwks` });
    expectProblem(await call("GET", "/api/tasks", { as: proofs.jwt(user) }), 503);
    expectStatus(await call("GET", "/api/tasks", { as: proofs.cookie(user) }), 200);
  });
}

/** The secret is rotated, as `BETTER_AUTH_SECRETS` says, at the front end and here. */
export async function secretRotation({ checks: { check }, call, betterAuth: { origin }, secret, startAnother, startAnotherAuth }) {
  const user = await signUp(origin, "Ada", "ada@example.com");
  await opens(call, user);
  const current = "a new secret of more than thirty-two bytes";
  const secrets = [
    { version: 2, value: current },
    { version: 1, value: secret },
  ];
  const renewed = await startAnotherAuth((options) => Object.assign(options, { secrets }));
  const rotated = await startAnother({ BETTER_AUTH_SECRETS: `2:${current},1:${secret}`, BETTER_AUTH_URL: renewed.origin });
  await check("after a rotation new sessions open, and those of before still do", async () => {
    const later = await signIn({ ...user, browser: { origin: renewed.origin } });
    await opens(rotated, later);
    expectStatus(await rotated("GET", "/api/tasks", { as: proofs.jwt(later) }), 200);
    expectStatus(await rotated("GET", "/api/tasks", { as: { cookie: user.browser.cookie } }), 200);
  });
  await check("where the new secret is not known they are 401", async () => {
    const later = await signIn({ ...user, browser: { origin: renewed.origin } });
    await closed(call, later);
  });
}

export const headerOf = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[0], "base64url"));

async function until(condition) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const result = await condition();
    if (result) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not happen within 30 seconds");
}
