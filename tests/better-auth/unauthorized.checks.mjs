// Checks unauthorized requests: another user's tasks, invalid credentials, and cookies sent from other origins.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { bearer, credentials, signIn } from "./client.mjs";
import { expectInvalidCredential, expectMissingCredential, expectProblem, expectStatus } from "./expect.mjs";
import { group } from "./report.mjs";

export async function checkUnauthorized(context) {
  await group(() => otherUsers(context));
  await group(() => invalidCredentials(context));
  await group(() => requestOrigins(context));
}

/** Lists each request on one task: method, path suffix and body. */
const taskRequests = [
  ["GET", ""],
  ["PUT", "", { title: "taken over" }],
  ["PATCH", "", { title: "taken over" }],
  ["PATCH", "/complete"],
  ["DELETE", ""],
];

async function otherUsers({ checks: { check, need }, call, users: [ada, ben] }) {
  const [ownPath, foreignPath] = [ada, ben].map((user) => `/api/${encodeURIComponent(user.id)}/tasks`);
  const task = await need("the other user has a task", async () => {
    return expectStatus(await call("POST", foreignPath, { as: credentials.cookie(ben), body: { title: "Ben's" } }), 201).body;
  });
  for (const [credential, headersOf] of Object.entries(credentials)) {
    const as = headersOf(ada);
    await check(`${credential}: list, create and each request on a task are 403 under the other user's path`, async () => {
      expectProblem(await call("GET", foreignPath, { as }), 403);
      expectProblem(await call("POST", foreignPath, { as, body: { title: "planted" } }), 403);
      for (const [method, suffix, body] of taskRequests) {
        expectProblem(await call(method, `${foreignPath}/${task.id}${suffix}`, { as, body }), 403);
      }
      expectProblem(await call("GET", `${foreignPath}/999999999`, { as }), 403);
    });
    await check(`${credential}: each request on the other user's task is 404 under the user's own paths`, async () => {
      for (const base of [ownPath, "/api/tasks"]) {
        for (const [method, suffix, body] of taskRequests) {
          expectProblem(await call(method, `${base}/${task.id}${suffix}`, { as, body }), 404);
        }
      }
    });
  }
  await check("the other user's task is unchanged and is not in the user's own list", async () => {
    const read = await call("GET", `${foreignPath}/${task.id}`, { as: credentials.jwt(ben) });
    assert.deepEqual(read.body, task);
    assert.ok((await call("GET", ownPath, { as: credentials.jwt(ada) })).body.every((task) => task.user_id === ada.id));
  });
}

async function invalidCredentials(context) {
  const { checks, call, users } = context;
  const { check } = checks;
  const [ada, ben] = users;
  const path = `/api/${encodeURIComponent(ada.id)}/tasks`;
  const checkInvalid = async (name, as) => {
    await check(`${name} is 401`, async () => {
      expectInvalidCredential(await call("GET", path, { as }));
      expectInvalidCredential(await call("POST", "/api/tasks", { as: { ...as, origin: ada.browser.origin }, body: { title: "no" } }));
    });
  };
  await check("no credential is 401", async () => {
    expectMissingCredential(await call("GET", path));
    expectMissingCredential(await call("POST", path, { body: { title: "no" } }));
    expectMissingCredential(await call("GET", "/api/tasks"));
  });
  await checkInvalid("the unsigned session token as bearer", bearer(ada.sessionToken));
  await checkInvalid("a signed bearer token with another token's signature", bearer(`${ada.sessionToken}.${signatureOf(ben)}`));
  await checkInvalid("a cookie with another token's signature", cookie(`${ada.sessionToken}.${encodeURIComponent(signatureOf(ben))}`));
  await checkInvalid("a JWT with changed claims", bearer(withClaims(ada.jwt, { sub: ben.id })));
  await checkInvalid("a JWT with alg none", bearer(withAlgNone(ada.jwt)));
  await otherSignedTokens({ ...context, checkInvalid });
}

/** Checks the other tokens that Better Auth signs with the session secret. The service must reject them. */
async function otherSignedTokens({ checks: { check, need }, call, users: [ada], secret, mails, checkInvalid }) {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, exp: now + 3600 };
  const linkToken = await need("Better Auth sends an e-mail verification link", async () => {
    await ada.browser.request("/send-verification-email", { email: ada.email });
    return mails.at(-1).token;
  });
  const dontRemember = await need("Better Auth sets the signed cookie dont_remember", async () => {
    const { browser } = await signIn(ada, { rememberMe: false });
    expectStatus(await call("GET", "/api/tasks", { as: { cookie: browser.cookie } }), 200);
    return browser.cookieValue("better-auth.dont_remember");
  });
  await checkInvalid("the token of an e-mail verification link", bearer(linkToken));
  await checkInvalid("an HS256 JWT with email and userId but no sub", bearer(hs256({ email: ada.email, userId: ada.id, ...times }, secret)));
  await checkInvalid("the dont_remember cookie's signed value as the session cookie", cookie(dontRemember));
  await checkInvalid("a correctly signed token without a session, as cookie", cookie(encodeURIComponent(signToken("A".repeat(32), secret))));
  await checkInvalid("a correctly signed token without a session, as bearer", bearer(signToken("A".repeat(32), secret)));
  await checkInvalid("an HS256 JWT signed with another secret", bearer(hs256({ sub: ada.id, ...times }, `${secret}x`)));
  await checkInvalid("an HS256 JWT without exp", bearer(hs256({ sub: ada.id, iat: now }, secret)));
  await check("an HS256 JWT with sub and exp is 200, because front ends may mint their own", async () => {
    expectStatus(await call("GET", "/api/tasks", { as: bearer(hs256({ sub: ada.id, ...times }, secret)) }), 200);
  });
}

async function requestOrigins({ checks: { check }, call, users: [ada] }) {
  const { cookie: session, origin } = credentials.cookie(ada);
  const path = `/api/${encodeURIComponent(ada.id)}/tasks`;
  const post = (headers) => call("POST", path, { as: { cookie: session, ...headers }, body: { title: "From where?" } });
  await check("a read with a cookie needs no Origin", async () => {
    expectStatus(await call("GET", path, { as: { cookie: session } }), 200);
  });
  await check("a cookie write without Origin is 403 with each method", async () => {
    expectProblem(await post({}), 403);
    for (const [method, suffix, body] of taskRequests.slice(1)) {
      expectProblem(await call(method, `${path}/1${suffix}`, { as: { cookie: session }, body }), 403);
    }
  });
  const untrustedOrigins = ["null", "https://evil.example", `${origin}.evil.example`, origin.replace("127.0.0.1", "localhost")];
  for (const other of untrustedOrigins) {
    await check(`a cookie write from origin ${other.replace(/:\d+/, ":PORT")} is 403`, async () => {
      expectProblem(await post({ origin: other }), 403);
    });
  }
  await check("a cookie write with Sec-Fetch-Site: same-origin is 201, with cross-site 403", async () => {
    expectStatus(await post({ "sec-fetch-site": "same-origin" }), 201);
    expectProblem(await post({ "sec-fetch-site": "cross-site" }), 403);
  });
  await check("a write with a bearer token needs no Origin", async () => {
    expectStatus(await call("POST", path, { as: credentials.bearer(ada), body: { title: "No browser" } }), 201);
  });
}

export const signatureOf = (user) => decodeURIComponent(user.signedToken).split(".")[1];
export const cookie = (value) => ({ cookie: `better-auth.session_token=${value}` });
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const hmac = (text, secret, encoding) => createHmac("sha256", secret).update(text).digest(encoding);
export const signToken = (text, secret) => `${text}.${hmac(text, secret, "base64")}`;

export function hs256(claims, secret) {
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${hmac(text, secret, "base64url")}`;
}

export function withClaims(jwt, claims) {
  const [header, payload, signature] = jwt.split(".");
  return [header, encode({ ...JSON.parse(Buffer.from(payload, "base64url")), ...claims }), signature].join(".");
}

export function withAlgNone(jwt) {
  return `${encode({ alg: "none", typ: "JWT" })}.${jwt.split(".")[1]}.`;
}
