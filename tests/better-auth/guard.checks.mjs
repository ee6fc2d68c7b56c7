// Checks each kind of credential on an example app of the crate better-auth-guard: accepted, forbidden, invalid, and undecided.

import assert from "node:assert/strict";

import { bearer, credentials, signIn, signUp } from "./client.mjs";
import { expectStatus } from "./expect.mjs";
import { cookie, hs256, signToken, signatureOf, withAlgNone, withClaims } from "./unauthorized.checks.mjs";

/** The kind of credential that the app names for each of `credentials`. */
const kinds = { cookie: "session_cookie", jwt: "jwt", bearer: "bearer_session", "bearer, percent-encoded": "bearer_session" };

const notesOf = (user) => `/api/${encodeURIComponent(user.id)}/notes`;

/** Signs a user up. Checks that the JWT is signed by a key of the key set, not by the secret. */
export const newUser = ({ checks, betterAuth: { origin } }, email) =>
  checks.need("a user signs up, and gets a JWT that is signed with EdDSA", async () => {
    const user = await signUp(origin, "Ada", email);
    assert.equal(JSON.parse(Buffer.from(user.jwt.split(".")[0], "base64url")).alg, "EdDSA");
    return user;
  });

export async function checkCredentials(context) {
  await accepted(context);
  await otherUsers(context);
  await invalid(context);
  await requestOrigins(context);
  await signOut(context);
}

async function accepted({ checks: { check }, call, user }) {
  for (const [credential, headersOf] of Object.entries(credentials)) {
    const as = headersOf(user);
    await check(`${credential}: the user reads and writes`, async () => {
      const me = expectStatus(await call("GET", "/api/me", { as }), 200);
      assert.deepEqual(me.body, { user_id: user.id, credential: kinds[credential] });
      expectStatus(await call("POST", notesOf(user), { as, body: credential }), 201);
      const notes = expectStatus(await call("GET", notesOf(user), { as }), 200).body;
      assert.equal(notes.at(-1), JSON.stringify(credential));
    });
  }
}

async function otherUsers({ checks: { check }, call, user }) {
  for (const [credential, headersOf] of Object.entries(credentials)) {
    const as = headersOf(user);
    await check(`${credential}: another user's path is 403`, async () => {
      for (const path of [`${user.id}0`, user.id.slice(1), "other", "%FF", encodeURIComponent(`${user.id}/`)]) {
        expectProblem(await call("GET", `/api/${path}/notes`, { as }), 403, "forbidden");
        expectProblem(await call("POST", `/api/${path}/notes`, { as, body: "planted" }), 403, "forbidden");
      }
    });
  }
}

async function invalid({ checks: { check, need }, call, user, secret, betterAuth: { origin } }) {
  const other = await need("another user signs up", () => signUp(origin, "Ben", `other-${user.email}`));
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: user.id, iat: now, exp: now + 3600 };
  const foreignSignature = `${user.sessionToken}.${encodeURIComponent(signatureOf(other))}`;
  const rejected = {
    "the unsigned session token as cookie": cookie(user.sessionToken),
    "the unsigned session token as bearer": bearer(user.sessionToken),
    "a cookie with another token's signature": cookie(foreignSignature),
    "a bearer token with another token's signature": bearer(foreignSignature),
    "a cookie signed with another secret": cookie(encodeURIComponent(signToken(user.sessionToken, `${secret}x`))),
    "a correctly signed cookie without a session": cookie(encodeURIComponent(signToken("A".repeat(32), secret))),
    "a correctly signed bearer token without a session": bearer(signToken("A".repeat(32), secret)),
    "a JWT with changed claims": bearer(withClaims(user.jwt, { sub: other.id })),
    "a JWT with alg none": bearer(withAlgNone(user.jwt)),
    "an HS256 JWT signed with another secret": bearer(hs256(claims, `${secret}x`)),
    "an HS256 JWT without exp": bearer(hs256({ sub: user.id, iat: now }, secret)),
    "an invalid bearer token beside a valid cookie": { ...bearer("invalid"), ...credentials.cookie(user) },
  };
  for (const [name, as] of Object.entries(rejected)) {
    await check(`${name} is 401`, async () => {
      expectInvalid(await call("GET", notesOf(user), { as }));
      expectInvalid(await call("POST", notesOf(user), { as: { ...as, origin }, body: "no" }));
    });
  }
  await check("an expired JWT is 401 with its own code", async () => {
    const as = bearer(hs256({ ...claims, exp: now - 3600 }, secret));
    expectProblem(await call("GET", "/api/me", { as }), 401, "credential_expired");
  });
  await check("no credential is 401", async () => {
    for (const [method, path] of [["GET", "/api/me"], ["GET", notesOf(user)], ["POST", notesOf(user)]]) {
      const response = expectProblem(await call(method, path), 401, "missing_credential");
      assert.equal(response.headers.get("www-authenticate"), "Bearer");
    }
  });
}

async function requestOrigins({ checks: { check }, call, user }) {
  const { cookie: session, origin } = credentials.cookie(user);
  const post = (headers) => call("POST", notesOf(user), { as: { cookie: session, ...headers }, body: "From where?" });
  await check("a read with a cookie needs no Origin", async () => {
    expectStatus(await call("GET", notesOf(user), { as: { cookie: session } }), 200);
  });
  await check("a cookie write without Origin, or from another origin, is 403", async () => {
    expectProblem(await post({}), 403, "untrusted_origin");
    for (const other of ["null", "https://evil.example", `${origin}.evil.example`, origin.replace("127.0.0.1", "localhost")]) {
      expectProblem(await post({ origin: other }), 403, "untrusted_origin");
    }
    expectProblem(await post({ "sec-fetch-site": "cross-site" }), 403, "untrusted_origin");
  });
  await check("a cookie write with Sec-Fetch-Site: same-origin is 201", async () => {
    expectStatus(await post({ "sec-fetch-site": "same-origin" }), 201);
  });
  await check("a write with a bearer token or a JWT needs no Origin", async () => {
    for (const as of [credentials.bearer(user), credentials.jwt(user)]) {
      expectStatus(await call("POST", notesOf(user), { as, body: "No browser" }), 201);
    }
  });
}

async function signOut({ checks: { check, need }, call, user }) {
  const other = await need("a second session is accepted", async () => {
    const other = await signIn(user);
    for (const headersOf of Object.values(credentials)) expectStatus(await call("GET", "/api/me", { as: headersOf(other) }), 200);
    return other;
  });
  const session = credentials.cookie(other);
  await check("after sign-out cookie and bearer token are 401, and the JWT stays valid", async () => {
    await other.browser.request("/sign-out", {});
    expectInvalid(await call("GET", "/api/me", { as: session }));
    expectInvalid(await call("GET", "/api/me", { as: credentials.bearer(other) }));
    expectStatus(await call("GET", "/api/me", { as: credentials.jwt(other) }), 200);
  });
  await check("after sign-out the user's first session is accepted", async () => {
    expectStatus(await call("GET", "/api/me", { as: credentials.cookie(user) }), 200);
  });
}

/** Checks the credentials while Better Auth is unreachable. The app has fetched the key set before. */
export async function checkOutage({ checks: { check }, call, user }) {
  await check("without Better Auth the session's cookie and bearer token are 503", async () => {
    for (const as of [credentials.cookie(user), credentials.bearer(user)]) {
      const response = expectProblem(await call("GET", notesOf(user), { as }), 503, "unavailable");
      assert.match(response.headers.get("retry-after"), /^[1-9]\d*$/);
    }
  });
  await check("without Better Auth a JWT is accepted, by the cached keys", async () => {
    expectStatus(await call("GET", notesOf(user), { as: credentials.jwt(user) }), 200);
    expectStatus(await call("POST", notesOf(user), { as: credentials.jwt(user), body: "still here" }), 201);
  });
  await check("without Better Auth a JWT with an unknown key is 503", async () => {
    const [header, ...rest] = user.jwt.split(".");
    const renamed = { ...JSON.parse(Buffer.from(header, "base64url")), kid: "another key" };
    const jwt = [Buffer.from(JSON.stringify(renamed)).toString("base64url"), ...rest].join(".");
    expectProblem(await call("GET", "/api/me", { as: bearer(jwt) }), 503, "unavailable");
  });
  await check("without Better Auth a forged cookie and a forged JWT are still 401", async () => {
    const forgedCookie = cookie(encodeURIComponent(signToken(user.sessionToken, "another secret")));
    for (const as of [forgedCookie, bearer(withClaims(user.jwt, { sub: "x" }))]) {
      expectInvalid(await call("GET", "/api/me", { as }));
    }
  });
}

/** Checks the limit of invalid credentials. Runs last, because afterwards the client's address is over the limit. */
export async function checkFailedAttempts({ checks: { check }, call, user }) {
  await check("many invalid credentials are 429, while a valid JWT is accepted", async () => {
    const deadline = Date.now() + 30_000;
    let response;
    do {
      assert.ok(Date.now() < deadline, "no 429 within 30 seconds");
      const attempts = Array.from({ length: 50 }, () => call("GET", "/api/me", { as: bearer("invalid") }));
      response = (await Promise.all(attempts)).find(({ status }) => status === 429);
    } while (!response);
    expectProblem(response, 429, "rate_limited");
    assert.match(response.headers.get("retry-after"), /^[1-9]\d*$/);
    expectStatus(await call("GET", "/api/me", { as: credentials.jwt(user) }), 200);
  });
}

/** Asserts the default problem document of the crate. Returns the response. */
function expectProblem(response, status, code) {
  expectStatus(response, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const { detail, title, ...problem } = response.body;
  assert.deepEqual(problem, { type: "about:blank", status, code });
  assert.ok(typeof detail === "string" && detail !== "" && typeof title === "string", "members detail and title");
  return response;
}

function expectInvalid(response) {
  expectProblem(response, 401, "invalid_credential");
  assert.equal(response.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
}
