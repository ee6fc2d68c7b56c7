// A simulated browser that signs in at Better Auth, and an HTTP client of the service.

import assert from "node:assert/strict";

/** Simulates a browser tab at Better Auth's origin. Stores cookies and sends `Origin` with each POST. */
export class Browser {
  #cookies = new Map();
  /** Lists the `name=value` pair of each `Set-Cookie` header, including pairs that clear a cookie. */
  setCookies = [];

  constructor(origin) {
    this.origin = origin;
  }

  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  cookieValue(name) {
    return this.#cookies.get(name);
  }

  /** Calls Better Auth and returns the response headers and the JSON body. Throws unless the status is 200. */
  async request(path, body) {
    const headers = { cookie: this.cookie };
    if (body) Object.assign(headers, { "content-type": "application/json", origin: this.origin });
    const method = body ? "POST" : "GET";
    const response = await fetch(`${this.origin}/api/auth${path}`, { method, headers, body: body && JSON.stringify(body) });
    for (const line of response.headers.getSetCookie()) {
      this.setCookies.push(line.split("; ")[0]);
      this.#store(line);
    }
    const text = await response.text();
    assert.equal(response.status, 200, `Better Auth ${method} ${path}: ${text}`);
    return { headers: response.headers, body: JSON.parse(text) };
  }

  /** Stores name and value as sent, undecoded, as browsers do. `Max-Age=0` removes the cookie. */
  #store(line) {
    const [pair, ...attributes] = line.split("; ");
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    if (attributes.some((attribute) => attribute.toLowerCase() === "max-age=0")) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

export const password = "correct horse battery staple";

export const signUp = (origin, name, email) => authenticate(origin, "/sign-up/email", { name, email, password });

/** Starts another session of a user, in a new browser. */
export const signIn = ({ email, browser }, options) =>
  authenticate(browser.origin, "/sign-in/email", { email, password, ...options });

/** Signs up or signs in. Returns the user with the browser and each kind of credential. */
async function authenticate(origin, path, body) {
  const browser = new Browser(origin);
  const { headers, body: session } = await browser.request(path, body);
  const { token: jwt } = (await browser.request("/token")).body;
  return {
    id: session.user.id,
    email: session.user.email,
    browser,
    sessionToken: session.token,
    jwt,
    signedToken: headers.get("set-auth-token"),
  };
}

/** Builds the request headers of each kind of credential. A write with a cookie needs `Origin`. */
export const credentials = {
  cookie: (user) => ({ cookie: user.browser.cookie, origin: user.browser.origin }),
  jwt: (user) => bearer(user.jwt),
  bearer: (user) => bearer(user.signedToken),
  "bearer, percent-encoded": (user) => bearer(encodeURIComponent(decodeURIComponent(user.signedToken))),
};

export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** Creates a client of the service: `call(method, path, { as, body })` returns status, headers and JSON. */
export function apiClient(origin) {
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
