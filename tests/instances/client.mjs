// An HTTP client of the service with a chosen user and connection agent.

import { createHmac, randomBytes } from "node:crypto";
import { request } from "node:http";

export const secret = randomBytes(32).toString("base64");

/** Mints an HS256 JWT of this user, valid for one hour. */
export function mintJwt(user) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const message = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: user, exp })}`;
  return `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
}

/** Creates a client: `call(origin, method, path, { headers, body, agent })` returns status, headers and JSON. It never retries. */
export function apiClient(user) {
  const authorization = `Bearer ${mintJwt(user)}`;
  return (origin, method, path, { headers = {}, body, agent } = {}) =>
    new Promise((resolve, reject) => {
      const url = path.startsWith("/") ? `${origin}${path}` : `${origin}/api/${user}/tasks${path ? `/${path}` : ""}`;
      const text = body === undefined ? undefined : JSON.stringify(body);
      const type = text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
      const outgoing = request(url, { method, agent, timeout: 20_000, headers: { authorization, ...type, ...headers } }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode, headers: response.headers, text, body: parse(text) });
        });
      });
      outgoing.on("timeout", () => outgoing.destroy(new Error("no response within 20 seconds")));
      outgoing.on("error", reject);
      outgoing.end(text);
    });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
