// Better Auth, as its documentation sets it up: e-mail and password, sessions in the database, JWTs for other services.

import { randomBytes } from "node:crypto";

import { betterAuth, type BetterAuthOptions } from "better-auth";
import { nextCookies } from "better-auth/next-js";
import { jwt } from "better-auth/plugins";

import { database } from "./database";
import { frontEnd } from "./settings";

// `next build` loads this file too, where the real secret has no business to be. Nothing is signed there.
const building = process.env.NEXT_PHASE === "phase-production-build";

export const options = {
  baseURL: frontEnd(),
  // The service is given the same one.
  secret: building ? randomBytes(32).toString("base64") : process.env.BETTER_AUTH_SECRET,
  database,
  emailAndPassword: { enabled: true },
  plugins: [
    // Signs EdDSA with a key pair that it keeps in the table `jwks`. A token is good for 15 minutes.
    jwt(),
    // Last, so that it sees the cookies of all others: sets them from server actions.
    nextCookies(),
  ],
  // They are migrated before the first request (instrumentation.ts), and are not there at all while `next build` runs.
  advanced: { database: { validateSchema: false } },
  telemetry: { enabled: false },
} satisfies BetterAuthOptions;

export const auth = betterAuth(options);
