// Checks that a session that ends, at Better Auth or in its tables, is 401 at the next call.

import assert from "node:assert/strict";

import { credentials, signIn, signUp } from "./client.mjs";
import { expectInvalidCredential, expectStatus } from "./expect.mjs";
import { group } from "./report.mjs";

export async function checkSessions(context) {
  await group(() => signOut(context));
  await group(() => revocation(context));
  await group(() => sessionRows(context));
  await group(() => deletedUser(context));
}

async function signOut({ checks: { check, need }, call, users: [ada] }) {
  const path = `/api/${encodeURIComponent(ada.id)}/tasks`;
  const user = await need("a second session is accepted", async () => expectAccepted(call, await signIn(ada)));
  const cookie = credentials.cookie(user);
  await need("sign-out at Better Auth succeeds and clears the browser's cookie", async () => {
    await user.browser.request("/sign-out", {});
    assert.equal(user.browser.cookie, "");
  });
  await check("after sign-out the cookie is 401 at the next call", async () => {
    expectInvalidCredential(await call("GET", path, { as: cookie }));
    expectInvalidCredential(await call("POST", path, { as: cookie, body: { title: "too late" } }));
  });
  await check("after sign-out the bearer token is 401", async () => {
    expectInvalidCredential(await call("GET", path, { as: credentials.bearer(user) }));
  });
  await check("after sign-out the JWT stays valid until it expires, because it needs no session", async () => {
    expectStatus(await call("GET", path, { as: credentials.jwt(user) }), 200);
  });
  await check("after sign-out the user's other session is accepted", async () => expectAccepted(call, ada));
  await check("a new session is accepted", async () => expectAccepted(call, await signIn(ada)));
}

async function revocation({ checks: { check, need }, call, users: [, ben] }) {
  const [own, other] = await need("a user signs in in two browsers", async () => {
    return [await expectAccepted(call, await signIn(ben)), await expectAccepted(call, await signIn(ben))];
  });
  await check("/revoke-other-sessions ends the other session and keeps its own", async () => {
    await own.browser.request("/revoke-other-sessions", {});
    await expectRejected(call, other);
    await expectAccepted(call, own);
  });
  await check("/revoke-sessions ends all sessions", async () => {
    await own.browser.request("/revoke-sessions", {});
    await expectRejected(call, own);
  });
}

async function sessionRows({ checks: { check }, call, database, users: [ada] }) {
  let deletedReason;
  await check("a session whose row is deleted is 401", async () => {
    const user = await expectAccepted(call, await signIn(ada));
    await database.execute(`delete from "session" where "token" = $1`, [user.sessionToken]);
    deletedReason = await expectRejected(call, user);
  });
  await check("a session that expired a second ago is 401 with its own error description", async () => {
    const user = await expectAccepted(call, await signIn(ada));
    await expire(database, user, -1_000);
    const expiredReason = await expectRejected(call, user);
    assert.notEqual(expiredReason, deletedReason, "the error description of an expired session");
  });
  await check("a session that expires in a minute is accepted", async () => {
    const user = await expectAccepted(call, await signIn(ada));
    await expire(database, user, 60_000);
    await expectAccepted(call, user);
  });
}

async function deletedUser({ checks: { check }, call, database, origin }) {
  await check("a user whose row is deleted is 401", async () => {
    const user = await expectAccepted(call, await signUp(origin, "Cleo", "cleo@example.com"));
    await database.execute(`delete from "user" where "id" = $1`, [user.id]);
    await expectRejected(call, user);
  });
}

function expire(database, user, milliseconds) {
  const expiresAt = new Date(Date.now() + milliseconds);
  return database.execute(`update "session" set "expiresAt" = $1 where "token" = $2`, [expiresAt, user.sessionToken]);
}

/** Asserts that the cookie and the bearer token of the user's session are accepted. Returns the user. */
export async function expectAccepted(call, user) {
  expectStatus(await call("GET", "/api/tasks", { as: credentials.cookie(user) }), 200);
  expectStatus(await call("GET", "/api/tasks", { as: credentials.bearer(user) }), 200);
  return user;
}

/** Asserts that the bearer token and the cookie of the user's session are 401. Returns the cookie's error description. */
export async function expectRejected(call, user) {
  expectInvalidCredential(await call("GET", "/api/tasks", { as: credentials.bearer(user) }));
  return expectInvalidCredential(await call("GET", "/api/tasks", { as: credentials.cookie(user) }));
}
