// Calls as some user, on connections that the caller chooses.

import { createHmac, randomBytes } from "node:crypto";
import { request } from "node:http";

export const secret = randomBytes(32).toString("base64");

/** An HS256 JWT of this user, for an hour. */
function token(user) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const message = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, exp })}`;
  return `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
}

/** A user's calls: `call(origin, method, path, { headers, body, agent })` answers status, headers and JSON. No call is repeated. */
export function caller(user) {
  const authorization = `Bearer ${token(user)}`;
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
      outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 20 seconds")));
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
