// A session ends, at Better Auth or in its tables, and the service knows at the very next call.

import assert from "node:assert/strict";

import { proofs, signIn, signUp } from "./client.mjs";
import { expectRefused, expectStatus } from "./expect.mjs";
import { group } from "./report.mjs";

export async function checkSessions(world) {
  await group(() => signOut(world));
  await group(() => revocation(world));
  await group(() => rows(world));
  await group(() => deletedUser(world));
}

async function signOut({ checks: { check, need }, call, users: [ada] }) {
  const path = `/api/${encodeURIComponent(ada.id)}/tasks`;
  const user = await need("a second sign-in opens", async () => opens(call, await signIn(ada)));
  const cookie = proofs.cookie(user);
  await need("sign-out at Better Auth succeeds and clears the browser's cookie", async () => {
    await user.browser.request("/sign-out", {});
    assert.equal(user.browser.cookie, "");
  });
  await check("after sign-out the cookie is 401 at the very next call", async () => {
    expectRefused(await call("GET", path, { as: cookie }));
    expectRefused(await call("POST", path, { as: cookie, body: { title: "too late" } }));
  });
  await check("after sign-out the bearer token is 401", async () => {
    expectRefused(await call("GET", path, { as: proofs.bearer(user) }));
  });
  await check("after sign-out the JWT goes on until it expires: it stands for itself", async () => {
    expectStatus(await call("GET", path, { as: proofs.jwt(user) }), 200);
  });
  await check("after sign-out the user's other session is still open", async () => opens(call, ada));
  await check("a fresh sign-in opens again", async () => opens(call, await signIn(ada)));
}

async function revocation({ checks: { check, need }, call, users: [, ben] }) {
  const [here, there] = await need("a user signs in in two browsers", async () => {
    return [await opens(call, await signIn(ben)), await opens(call, await signIn(ben))];
  });
  await check("/revoke-other-sessions closes the other browser's, not one's own", async () => {
    await here.browser.request("/revoke-other-sessions", {});
    await closed(call, there);
    await opens(call, here);
  });
  await check("/revoke-sessions closes all", async () => {
    await here.browser.request("/revoke-sessions", {});
    await closed(call, here);
  });
}

async function rows({ checks: { check }, call, database, users: [ada] }) {
  let gone;
  await check("a session whose row is deleted is 401", async () => {
    const user = await opens(call, await signIn(ada));
    await database.execute(`delete from "session" where "token" = $1`, [user.sessionToken]);
    gone = await closed(call, user);
  });
  await check("a session that expired a second ago is 401, and is told so", async () => {
    const user = await opens(call, await signIn(ada));
    await expire(database, user, -1_000);
    const expired = await closed(call, user);
    assert.notEqual(expired, gone, "the sentence for an expired session");
  });
  await check("a session that expires in a minute is open", async () => {
    const user = await opens(call, await signIn(ada));
    await expire(database, user, 60_000);
    await opens(call, user);
  });
}

async function deletedUser({ checks: { check }, call, database, origin }) {
  await check("a user whose row is deleted is 401", async () => {
    const user = await opens(call, await signUp(origin, "Cleo", "cleo@example.com"));
    await database.execute(`delete from "user" where "id" = $1`, [user.id]);
    await closed(call, user);
  });
}

function expire(database, user, milliseconds) {
  const instant = new Date(Date.now() + milliseconds);
  return database.execute(`update "session" set "expiresAt" = $1 where "token" = $2`, [instant, user.sessionToken]);
}

export async function opens(call, user) {
  expectStatus(await call("GET", "/api/tasks", { as: proofs.cookie(user) }), 200);
  expectStatus(await call("GET", "/api/tasks", { as: proofs.bearer(user) }), 200);
  return user;
}

/** Answers the sentence of the refusal. */
export async function closed(call, user) {
  expectRefused(await call("GET", "/api/tasks", { as: proofs.bearer(user) }));
  return expectRefused(await call("GET", "/api/tasks", { as: proofs.cookie(user) }));
}
