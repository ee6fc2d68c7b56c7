// Runs all checks on one database, in order.

import assert from "node:assert/strict";

import { apiClient, signUp } from "./client.mjs";
import { checker, group } from "./report.mjs";
import { checkSessions } from "./sessions.checks.mjs";
import { checkUnauthorized } from "./unauthorized.checks.mjs";
import { checkTasks } from "./tasks.checks.mjs";
import { checkTutorialClient } from "./tutorial-client.checks.mjs";

/** The column type of dates in Better Auth's own migrations. */
const dateTypes = { sqlite: "text", postgres: "timestamp with time zone" };

export async function checkAll({ kind, secret, database, betterAuth, service }) {
  const checks = checker(kind);
  await group(async () => {
    const users = await checks.need("two users sign up by e-mail and password", () => {
      const { origin } = betterAuth;
      return Promise.all([signUp(origin, "Ada", "ada@example.com"), signUp(origin, "Ben", "ben@example.com")]);
    });
    await checks.need(`Better Auth stores session dates as ${dateTypes[kind]}`, async () => {
      assert.equal(await database.sessionDateType(), dateTypes[kind]);
    });
    await checks.need("the JWT of Better Auth's jwt plugin is signed with EdDSA", () => {
      for (const { jwt } of users) assert.equal(JSON.parse(Buffer.from(jwt.split(".")[0], "base64url")).alg, "EdDSA");
    });
    const call = apiClient(service.origin);
    const context = { checks, call, users, secret, database, origin: betterAuth.origin, mails: betterAuth.mails };
    await checkTasks(context);
    await checkUnauthorized(context);
    await checkTutorialClient(context);
    // Runs last because it ends sessions.
    await checkSessions(context);
    await checks.check("the service stops on SIGTERM with exit code 0", async () => {
      const { outcome } = await service.close();
      assert.equal(outcome, "exit code 0");
    });
  });
}
