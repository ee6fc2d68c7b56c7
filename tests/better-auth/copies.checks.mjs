// Better Auth's cookie cache where the service was told to trust it: what it saves, and what it costs.

import assert from "node:assert/strict";

import { proofs, signIn, signUp } from "./client.mjs";
import { expectProblem, expectRefused, expectStatus } from "./expect.mjs";

const isCopy = (pair) => /session_data(\.\d+)?=/.test(pair);
const pairs = (user) => user.browser.cookie.split("; ");
const copyOf = (user) => pairs(user).filter(isCopy);
const tokenOf = (user) => pairs(user).filter((pair) => !isCopy(pair));

const ask = (call, cookies) => call("GET", "/api/tasks", { as: { cookie: cookies.join("; ") } });
const opens = async (call, cookies) => expectStatus(await ask(call, cookies), 200);
const closed = async (call, cookies) => expectProblem(await ask(call, cookies), 401);

/** The pair with one character of the copy changed: at its beginning, in its middle, or near its end. */
const tampered = (user) =>
  [0.1, 0.5, 0.9].map((part) => {
    const [first, ...rest] = copyOf(user);
    const start = first.indexOf("=") + 1;
    const at = start + Math.floor((first.length - start) * part);
    const changed = first.slice(0, at) + (first[at] === "A" ? "B" : "A") + first.slice(at + 1);
    return [...tokenOf(user), changed, ...rest];
  });

/** As a browser would that is slow to drop what Better Auth empties at sign-out. */
const emptied = (user, before) => {
  const names = before.map((pair) => pair.slice(0, pair.indexOf("=") + 1));
  for (const name of names) assert.ok(user.browser.seen.includes(name), `${name} was emptied`);
  return names;
};

/** With `SESSION_CACHE=on` beside Better Auth's `cookieCache`. */
export async function trustedCopies({ checks: { check, need }, call, betterAuth: { origin }, database, startAnother, startAnotherAuth }) {
  const end = (user) => database.execute(`delete from "session" where "token" = $1`, [user.sessionToken]);
  const looksUp = await startAnother({ SESSION_CACHE: "off" });
  const user = await need("the cookie pair opens, for writing too", async () => {
    const user = await signUp(origin, "Ada", "ada@example.com");
    assert.ok(copyOf(user).length > 0, "Better Auth sent a copy");
    await opens(call, pairs(user));
    const { body } = expectStatus(await call("POST", "/api/tasks", { as: proofs.cookie(user), body: { title: "t" } }), 201);
    assert.equal(body.user_id, user.id);
    expectProblem(await call("GET", `/api/${encodeURIComponent(user.id)}0/tasks`, { as: proofs.cookie(user) }), 403);
    return user;
  });
  await check("a copy without its session token, or beside another's, opens nothing of its own", async () => {
    await closed(call, copyOf(user));
    const other = await signUp(origin, "Ben", "ben@example.com");
    const mixed = [...tokenOf(other), ...copyOf(user)];
    const { body } = expectStatus(await call("POST", "/api/tasks", { as: { cookie: mixed.join("; "), origin }, body: { title: "t" } }), 201);
    assert.equal(body.user_id, other.id, "whose token it is");
    await end(other);
    await closed(call, mixed);
  });
  await check("a copy that was changed costs a look-up, and decides nothing", async () => {
    const other = await signIn(user);
    for (const cookies of tampered(other)) await opens(call, cookies);
    await end(other);
    for (const cookies of tampered(other)) await closed(call, cookies);
  });
  await check("a session that has ended opens by its copy alone, and with SESSION_CACHE=off not at all", async () => {
    const other = await signIn(user);
    await opens(looksUp, pairs(other));
    await end(other);
    await opens(call, pairs(other));
    await closed(call, tokenOf(other));
    expectRefused(await ask(looksUp, pairs(other)));
  });
  await check("a copy opens until it has run out, and not longer", async () => {
    const brief = await startAnotherAuth((options) => void (options.session.cookieCache.maxAge = 3));
    const other = await signIn({ ...user, browser: { origin: brief.origin } });
    await end(other);
    const deadline = Date.now() + 30_000;
    while ((await ask(call, pairs(other))).status === 200) assert.ok(Date.now() < deadline, "it opens for ever");
    await closed(call, pairs(other));
  });
  await check("the cookies that sign-out empties are 401", async () => {
    const other = await signIn(user);
    const before = pairs(other);
    await other.browser.request("/sign-out", {});
    assert.equal(other.browser.cookie, "");
    await closed(call, emptied(other, before));
    await closed(looksUp, before);
  });
}

/** With `SESSION_SOURCE=cookie` beside a Better Auth without a database. */
export async function copyIsTheSession({ checks: { check, need }, call, betterAuth: { origin } }) {
  const user = await need("the cookie pair opens, for writing too", async () => {
    const user = await signUp(origin, "Ada", "ada@example.com");
    await opens(call, pairs(user));
    const { body } = expectStatus(await call("POST", "/api/tasks", { as: proofs.cookie(user), body: { title: "t" } }), 201);
    assert.equal(body.user_id, user.id);
    expectProblem(await call("GET", `/api/${encodeURIComponent(user.id)}0/tasks`, { as: proofs.cookie(user) }), 403);
    return user;
  });
  await check("half of the pair opens nothing", async () => {
    await closed(call, tokenOf(user));
    await closed(call, copyOf(user));
    expectRefused(await call("GET", "/api/tasks", { as: proofs.bearer(user) }));
  });
  await check("a copy that was changed is 401", async () => {
    for (const cookies of tampered(user)) await closed(call, cookies);
  });
  await check("another session's copy is 401", async () => {
    const other = await signIn(user);
    await closed(call, [...tokenOf(other), ...copyOf(user)]);
  });
  await check("the JWT opens by the key set that the front end serves", async () => {
    expectStatus(await call("GET", "/api/tasks", { as: proofs.jwt(user) }), 200);
  });
  await check("the cookies that sign-out empties are 401", async () => {
    const before = pairs(user);
    await user.browser.request("/sign-out", {});
    assert.equal(user.browser.cookie, "");
    await closed(call, emptied(user, before));
  });
}
