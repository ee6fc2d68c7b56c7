// Better Auth, as its documentation sets it up: e-mail and password, sessions in the database, JWTs for other services.

import { randomBytes } from "node:crypto";

import { betterAuth, type BetterAuthOptions } from "better-auth";
import { nextCookies } from "better-auth/next-js";
import { jwt } from "better-auth/plugins";

import { taskApi } from "@/lib/api";
import { catchUp } from "@/lib/snapshot";

import { database } from "./database";
import { frontEnd, service } from "./settings";

// `next build` loads this file without the secret, and signs nothing.
const building = process.env.NEXT_PHASE === "phase-production-build";

export const options = {
  baseURL: frontEnd(),
  // The service is given the same one.
  secret: building ? randomBytes(32).toString("base64") : process.env.BETTER_AUTH_SECRET,
  database,
  emailAndPassword: { enabled: true },
  user: { deleteUser: { enabled: true, beforeDelete: deleteTasks } },
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

/** Deletes all tasks of a user permanently, before the user is deleted. If it fails, the user stays. */
async function deleteTasks(user: { id: string }, request?: Request): Promise<void> {
  const { token } = await auth.api.getToken({ headers: request?.headers ?? new Headers() });
  const api = taskApi(user.id, { origin: service(), token: { get: async () => token, forget: () => undefined } });
  const { changes } = await catchUp(api);
  for (const { id, task } of changes) if (task) await api.purge(id);
}
