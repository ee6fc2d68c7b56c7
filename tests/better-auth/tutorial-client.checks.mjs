// Checks the client of a widespread tutorial as its reader pastes it: it sends `session.token` of `getSession()` as Bearer to /api/tasks.

import assert from "node:assert/strict";

import { createAuthClient } from "better-auth/client";

import { bearer, credentials } from "./client.mjs";
import { expectInvalidCredential, expectStatus } from "./expect.mjs";
import { group } from "./report.mjs";

const path = "/api/tasks";

export async function checkTutorialClient(context) {
  await group(() => pastedClient(context));
}

/** The response to an invalid credential says what to send, as docs/nextjs.md says below "Common mistakes". */
function expectAdvice(response) {
  expectInvalidCredential(response);
  for (const words of ["JWT", "session cookie"]) {
    assert.ok(response.body.detail.includes(words), `${words}: ${response.body.detail}`);
  }
}

async function pastedClient({ checks: { check }, call, users: [ada] }) {
  const { origin, cookie } = ada.browser;
  const authClient = createAuthClient({ baseURL: origin, fetchOptions: { headers: { cookie } } });
  // the same request as the tutorial's: the JSON content type on reads too
  const fetchWithAuth = (token, method = "GET", body = undefined) =>
    call(method, path, { as: { ...bearer(token), "content-type": "application/json" }, body });

  await check("the tutorial's client, as pasted: session.token is undefined, and the 401 says what to send", async () => {
    const session = await authClient.getSession();
    assert.equal(session.token, undefined);
    expectAdvice(await fetchWithAuth(session.token));
    expectAdvice(await fetchWithAuth(session.token, "POST", { title: "Buy milk" }));
  });
  await check("the tutorial's client with data.session.token: the unsigned token is 401, and the 401 says what to send", async () => {
    const { data } = await authClient.getSession();
    assert.equal(data.session.token.length, 32);
    expectAdvice(await fetchWithAuth(data.session.token));
  });
  await check("the tutorial's client with what the 401 names: the JWT, the signed token and the cookie are accepted", async () => {
    const { token } = (await authClient.$fetch("/token")).data;
    expectStatus(await fetchWithAuth(token), 200);
    const { body } = expectStatus(await fetchWithAuth(token, "POST", { title: "Buy milk" }), 201);
    expectStatus(await fetchWithAuth(ada.signedToken), 200);
    expectStatus(await call("DELETE", `${path}/${body.id}?permanent=true`, { as: credentials.cookie(ada) }), 200);
  });
}
