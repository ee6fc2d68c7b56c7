// What must not open: another user's tasks, credentials that prove nothing, cookies sent from elsewhere.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { bearer, proofs, signIn } from "./client.mjs";
import { expectNoCredential, expectProblem, expectRefused, expectStatus } from "./expect.mjs";
import { group } from "./report.mjs";

export async function checkStrangers(world) {
  await group(() => otherUsers(world));
  await group(() => noProof(world));
  await group(() => origins(world));
}

/** Every call on one task, with a body where there is one. */
const onTask = [
  ["GET", ""],
  ["PUT", "", { title: "taken over" }],
  ["PATCH", "", { title: "taken over" }],
  ["PATCH", "/complete"],
  ["DELETE", ""],
];

async function otherUsers({ checks: { check, need }, call, users: [ada, ben] }) {
  const [own, foreign] = [ada, ben].map((user) => `/api/${encodeURIComponent(user.id)}/tasks`);
  const task = await need("the other user has a task", async () => {
    return expectStatus(await call("POST", foreign, { as: proofs.cookie(ben), body: { title: "Ben's" } }), 201).body;
  });
  for (const [kind, prove] of Object.entries(proofs)) {
    const as = prove(ada);
    await check(`${kind}: the other user's path is 403, list, create and every call on a task`, async () => {
      expectProblem(await call("GET", foreign, { as }), 403);
      expectProblem(await call("POST", foreign, { as, body: { title: "planted" } }), 403);
      for (const [method, tail, body] of onTask) {
        expectProblem(await call(method, `${foreign}/${task.id}${tail}`, { as, body }), 403);
      }
      expectProblem(await call("GET", `${foreign}/999999999`, { as }), 403);
    });
    await check(`${kind}: the other user's task id under one's own paths is 404, every call`, async () => {
      for (const base of [own, "/api/tasks"]) {
        for (const [method, tail, body] of onTask) {
          expectProblem(await call(method, `${base}/${task.id}${tail}`, { as, body }), 404);
        }
      }
    });
  }
  await check("the other user's task is untouched, and is in no other list", async () => {
    const read = await call("GET", `${foreign}/${task.id}`, { as: proofs.jwt(ben) });
    assert.deepEqual(read.body, task);
    assert.ok((await call("GET", own, { as: proofs.jwt(ada) })).body.every((each) => each.user_id === ada.id));
  });
}

async function noProof(world) {
  const { checks, call, users } = world;
  const { check } = checks;
  const [ada, ben] = users;
  const path = `/api/${encodeURIComponent(ada.id)}/tasks`;
  const refused = async (name, as) => {
    await check(`${name} is 401`, async () => {
      expectRefused(await call("GET", path, { as }));
      expectRefused(await call("POST", "/api/tasks", { as: { ...as, origin: ada.browser.origin }, body: { title: "no" } }));
    });
  };
  await check("no credential is 401", async () => {
    expectNoCredential(await call("GET", path));
    expectNoCredential(await call("POST", path, { body: { title: "no" } }));
    expectNoCredential(await call("GET", "/api/tasks"));
  });
  await refused("the bare session token as bearer", bearer(ada.sessionToken));
  await refused("a signed bearer token whose signature is another's", bearer(`${ada.sessionToken}.${signatureOf(ben)}`));
  await refused("a cookie whose signature is another's", cookie(`${ada.sessionToken}.${encodeURIComponent(signatureOf(ben))}`));
  await refused("a JWT whose claims were changed", bearer(changed(ada.jwt, { sub: ben.id })));
  await refused("a JWT with alg none", bearer(unsigned(ada.jwt)));
  await sameSecret({ ...world, refused });
}

/** Better Auth signs more with the one secret than sessions; none of that may open the API. */
async function sameSecret({ checks: { check, need }, call, users: [ada], secret, mails, refused }) {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, exp: now + 3600 };
  const link = await need("Better Auth makes an e-mail verification link", async () => {
    await ada.browser.request("/send-verification-email", { email: ada.email });
    return mails.at(-1).token;
  });
  const other = await need("Better Auth signs a second cookie", async () => {
    const { browser } = await signIn(ada, { rememberMe: false });
    expectStatus(await call("GET", "/api/tasks", { as: { cookie: browser.cookie } }), 200);
    return browser.cookieValue("better-auth.dont_remember");
  });
  await refused("the token of an e-mail verification link", bearer(link));
  await refused("an HS256 JWT with email and userId but no sub", bearer(hs256({ email: ada.email, userId: ada.id, ...times }, secret)));
  await refused("the dont_remember cookie's signed value as the session cookie", cookie(other));
  await refused("a well-signed token of no session, as cookie", cookie(encodeURIComponent(signed("A".repeat(32), secret))));
  await refused("a well-signed token of no session, as bearer", bearer(signed("A".repeat(32), secret)));
  await refused("an HS256 JWT under another secret", bearer(hs256({ sub: ada.id, ...times }, `${secret}x`)));
  await refused("an HS256 JWT without exp", bearer(hs256({ sub: ada.id, iat: now }, secret)));
  await check("an HS256 JWT with sub and exp, as front ends mint their own, is 200", async () => {
    expectStatus(await call("GET", "/api/tasks", { as: bearer(hs256({ sub: ada.id, ...times }, secret)) }), 200);
  });
}

async function origins({ checks: { check }, call, users: [ada] }) {
  const { cookie: session, origin } = proofs.cookie(ada);
  const path = `/api/${encodeURIComponent(ada.id)}/tasks`;
  const post = (headers) => call("POST", path, { as: { cookie: session, ...headers }, body: { title: "From where?" } });
  await check("a cookie reads without Origin", async () => {
    expectStatus(await call("GET", path, { as: { cookie: session } }), 200);
  });
  await check("a cookie write without Origin is 403, whatever the method", async () => {
    expectProblem(await post({}), 403);
    for (const [method, tail, body] of onTask.slice(1)) {
      expectProblem(await call(method, `${path}/1${tail}`, { as: { cookie: session }, body }), 403);
    }
  });
  const others = ["null", "https://evil.example", `${origin}.evil.example`, origin.replace("127.0.0.1", "localhost")];
  for (const other of others) {
    await check(`a cookie write from origin ${other.replace(/:\d+/, ":PORT")} is 403`, async () => {
      expectProblem(await post({ origin: other }), 403);
    });
  }
  await check("a cookie write with Sec-Fetch-Site: same-origin is 201, with cross-site 403", async () => {
    expectStatus(await post({ "sec-fetch-site": "same-origin" }), 201);
    expectProblem(await post({ "sec-fetch-site": "cross-site" }), 403);
  });
  await check("a bearer write needs no Origin", async () => {
    expectStatus(await call("POST", path, { as: proofs.bearer(ada), body: { title: "No browser" } }), 201);
  });
}

const signatureOf = (user) => decodeURIComponent(user.signedToken).split(".")[1];
export const cookie = (value) => ({ cookie: `better-auth.session_token=${value}` });
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const hmac = (text, secret, form) => createHmac("sha256", secret).update(text).digest(form);
const signed = (text, secret) => `${text}.${hmac(text, secret, "base64")}`;

function hs256(claims, secret) {
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${hmac(text, secret, "base64url")}`;
}

function changed(jwt, claims) {
  const [header, payload, signature] = jwt.split(".");
  return [header, encode({ ...JSON.parse(Buffer.from(payload, "base64url")), ...claims }), signature].join(".");
}

function unsigned(jwt) {
  return `${encode({ alg: "none", typ: "JWT" })}.${jwt.split(".")[1]}.`;
}
