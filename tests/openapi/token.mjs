import { createHmac } from "node:crypto";

/** Mints an HS256 JWT of this user, valid for 30 minutes. */
export function mintJwt(user, secret) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const message = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: user, exp: Math.floor(Date.now() / 1000) + 1800 })}`;
  return `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
}
