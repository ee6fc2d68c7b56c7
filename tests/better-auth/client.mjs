// The two sides of a front end: a browser signed in at Better Auth, and calls to the service.

import assert from "node:assert/strict";

/** A browser tab at Better Auth's origin: keeps cookies, sends `Origin` with what it posts. */
export class Browser {
  #cookies = new Map();
  /** Every cookie that was ever set, as `name=value`, also those that were cleared at once. */
  seen = [];

  constructor(origin) {
    this.origin = origin;
  }

  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  cookieValue(name) {
    return this.#cookies.get(name);
  }

  /** Calls Better Auth; answers the response with its JSON as `body`; throws unless it is 200. */
  async request(path, body) {
    const headers = { cookie: this.cookie };
    if (body) Object.assign(headers, { "content-type": "application/json", origin: this.origin });
    const method = body ? "POST" : "GET";
    const response = await fetch(`${this.origin}/api/auth${path}`, { method, headers, body: body && JSON.stringify(body) });
    for (const line of response.headers.getSetCookie()) {
      this.seen.push(line.split("; ")[0]);
      this.#store(line);
    }
    const text = await response.text();
    assert.equal(response.status, 200, `Better Auth ${method} ${path}: ${text}`);
    return { headers: response.headers, body: JSON.parse(text) };
  }

  /** Names and values are kept as sent, undecoded, as browsers do; Max-Age=0 removes. */
  #store(line) {
    const [pair, ...attributes] = line.split("; ");
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    if (attributes.some((attribute) => attribute.toLowerCase() === "max-age=0")) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

export const password = "correct horse battery staple";

export const signUp = (origin, name, email) => enter(origin, "/sign-up/email", { name, email, password });

/** A further session of a user, in a browser of its own. */
export const signIn = ({ email, browser }, options) =>
  enter(browser.origin, "/sign-in/email", { email, password, ...options });

/** A user as they come out of sign-up or sign-in: the browser, and each kind of proof they then hold. */
async function enter(origin, path, body) {
  const browser = new Browser(origin);
  const { headers, body: answer } = await browser.request(path, body);
  const { token: jwt } = (await browser.request("/token")).body;
  return {
    id: answer.user.id,
    email: answer.user.email,
    browser,
    sessionToken: answer.token,
    jwt,
    signedToken: headers.get("set-auth-token"),
  };
}

/** Header sets that prove who is asking; a cookie needs `Origin` beside it to write. */
export const proofs = {
  cookie: (user) => ({ cookie: user.browser.cookie, origin: user.browser.origin }),
  jwt: (user) => bearer(user.jwt),
  bearer: (user) => bearer(user.signedToken),
  "bearer, percent-encoded": (user) => bearer(encodeURIComponent(decodeURIComponent(user.signedToken))),
};

export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** A caller of the service at `origin`: `call(method, path, { as, body })` answers status, headers and JSON. */
export function caller(origin) {
  return async (method, path, { as = {}, body } = {}) => {
    const headers = body === undefined ? as : { ...as, "content-type": "application/json" };
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), redirect: "manual" };
    const response = await fetch(origin + path, { ...init, signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text), text };
  };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
