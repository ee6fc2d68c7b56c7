import { createHmac } from "node:crypto";

/** An HS256 JWT of this user, for half an hour. */
export function token(user, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const message = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, exp: Math.floor(Date.now() / 1000) + 1800 })}`;
  return `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
}
