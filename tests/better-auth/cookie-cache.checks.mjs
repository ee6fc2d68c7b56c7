// Better Auth's cookie cache (`session_data` cookies), where the service is configured to trust it.

import assert from "node:assert/strict";

import { credentials, signIn, signUp } from "./client.mjs";
import { expectInvalidCredential, expectProblem, expectStatus } from "./expect.mjs";

const isCacheCookie = (pair) => /session_data(\.\d+)?=/.test(pair);
const cookiePairs = (user) => user.browser.cookie.split("; ");
const cacheCookies = (user) => cookiePairs(user).filter(isCacheCookie);
const tokenCookies = (user) => cookiePairs(user).filter((pair) => !isCacheCookie(pair));

const listTasks = (call, cookies) => call("GET", "/api/tasks", { as: { cookie: cookies.join("; ") } });
const expectAccepted = async (call, cookies) => expectStatus(await listTasks(call, cookies), 200);
const expectUnauthorized = async (call, cookies) => expectProblem(await listTasks(call, cookies), 401);

/** Returns the cookies with one character of the cache changed: near its start, its middle, or its end. */
const tamperedCookies = (user) =>
  [0.1, 0.5, 0.9].map((fraction) => {
    const [first, ...rest] = cacheCookies(user);
    const start = first.indexOf("=") + 1;
    const index = start + Math.floor((first.length - start) * fraction);
    const tampered = first.slice(0, index) + (first[index] === "A" ? "B" : "A") + first.slice(index + 1);
    return [...tokenCookies(user), tampered, ...rest];
  });

/** Returns the empty cookies that sign-out set. A browser may still send them. */
const clearedCookies = (user, before) => {
  const names = before.map((pair) => pair.slice(0, pair.indexOf("=") + 1));
  for (const name of names) assert.ok(user.browser.setCookies.includes(name), `sign-out cleared ${name}`);
  return names;
};

/** Checks `SESSION_CACHE=on` with Better Auth's `cookieCache`. */
export async function trustedCookieCache({ checks: { check, need }, call, betterAuth: { origin }, database, startAnother, startAnotherAuth }) {
  const deleteSession = (user) => database.execute(`delete from "session" where "token" = $1`, [user.sessionToken]);
  const callWithoutCache = await startAnother({ SESSION_CACHE: "off" });
  const user = await need("the cookie pair is accepted for reads and writes", async () => {
    const user = await signUp(origin, "Ada", "ada@example.com");
    assert.ok(cacheCookies(user).length > 0, "Better Auth set cache cookies");
    await expectAccepted(call, cookiePairs(user));
    const { body } = expectStatus(await call("POST", "/api/tasks", { as: credentials.cookie(user), body: { title: "t" } }), 201);
    assert.equal(body.user_id, user.id);
    expectProblem(await call("GET", `/api/${encodeURIComponent(user.id)}0/tasks`, { as: credentials.cookie(user) }), 403);
    return user;
  });
  await check("cache cookies without their session token are 401; with another token they grant only its session", async () => {
    await expectUnauthorized(call, cacheCookies(user));
    const other = await signUp(origin, "Ben", "ben@example.com");
    const mixed = [...tokenCookies(other), ...cacheCookies(user)];
    const { body } = expectStatus(await call("POST", "/api/tasks", { as: { cookie: mixed.join("; "), origin }, body: { title: "t" } }), 201);
    assert.equal(body.user_id, other.id, "the user of the session token");
    await deleteSession(other);
    await expectUnauthorized(call, mixed);
  });
  await check("tampered cache cookies are ignored, and the session is looked up", async () => {
    const other = await signIn(user);
    for (const cookies of tamperedCookies(other)) await expectAccepted(call, cookies);
    await deleteSession(other);
    for (const cookies of tamperedCookies(other)) await expectUnauthorized(call, cookies);
  });
  await check("an ended session is accepted from its cache cookies, and is 401 with SESSION_CACHE=off", async () => {
    const other = await signIn(user);
    await expectAccepted(callWithoutCache, cookiePairs(other));
    await deleteSession(other);
    await expectAccepted(call, cookiePairs(other));
    await expectUnauthorized(call, tokenCookies(other));
    expectInvalidCredential(await listTasks(callWithoutCache, cookiePairs(other)));
  });
  await check("cache cookies are accepted until they expire", async () => {
    const shortCache = await startAnotherAuth((options) => void (options.session.cookieCache.maxAge = 3));
    const other = await signIn({ ...user, browser: { origin: shortCache.origin } });
    await deleteSession(other);
    const deadline = Date.now() + 30_000;
    while ((await listTasks(call, cookiePairs(other))).status === 200) {
      assert.ok(Date.now() < deadline, "the cache cookies did not expire within 30 seconds");
    }
    await expectUnauthorized(call, cookiePairs(other));
  });
  await check("the cookies that sign-out clears are 401", async () => {
    const other = await signIn(user);
    const before = cookiePairs(other);
    await other.browser.request("/sign-out", {});
    assert.equal(other.browser.cookie, "");
    await expectUnauthorized(call, clearedCookies(other, before));
    await expectUnauthorized(callWithoutCache, before);
  });
}

/** Checks `SESSION_SOURCE=cookie` with a Better Auth without a database. */
export async function statelessSessions({ checks: { check, need }, call, betterAuth: { origin } }) {
  const user = await need("the cookie pair is accepted for reads and writes", async () => {
    const user = await signUp(origin, "Ada", "ada@example.com");
    await expectAccepted(call, cookiePairs(user));
    const { body } = expectStatus(await call("POST", "/api/tasks", { as: credentials.cookie(user), body: { title: "t" } }), 201);
    assert.equal(body.user_id, user.id);
    expectProblem(await call("GET", `/api/${encodeURIComponent(user.id)}0/tasks`, { as: credentials.cookie(user) }), 403);
    return user;
  });
  await check("one cookie of the pair alone, and the bearer token, are 401", async () => {
    await expectUnauthorized(call, tokenCookies(user));
    await expectUnauthorized(call, cacheCookies(user));
    expectInvalidCredential(await call("GET", "/api/tasks", { as: credentials.bearer(user) }));
  });
  await check("tampered cache cookies are 401", async () => {
    for (const cookies of tamperedCookies(user)) await expectUnauthorized(call, cookies);
  });
  await check("another session's cache cookies are 401", async () => {
    const other = await signIn(user);
    await expectUnauthorized(call, [...tokenCookies(other), ...cacheCookies(user)]);
  });
  await check("the JWT is verified with the front end's key set", async () => {
    expectStatus(await call("GET", "/api/tasks", { as: credentials.jwt(user) }), 200);
  });
  await check("the cookies that sign-out clears are 401", async () => {
    const before = cookiePairs(user);
    await user.browser.request("/sign-out", {});
    assert.equal(user.browser.cookie, "");
    await expectUnauthorized(call, clearedCookies(user, before));
  });
}
