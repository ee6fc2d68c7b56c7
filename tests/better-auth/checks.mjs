// What is checked, in order, on one database.

import assert from "node:assert/strict";

import { caller, signUp } from "./client.mjs";
import { checker, group } from "./report.mjs";
import { checkSessions } from "./sessions.checks.mjs";
import { checkStrangers } from "./strangers.checks.mjs";
import { checkTasks } from "./tasks.checks.mjs";

/** How Better Auth's own migrations store dates, which is what this test is meant to run on. */
const dates = { sqlite: "text", postgres: "timestamp with time zone" };

export async function checkAll({ kind, secret, database, betterAuth, service }) {
  const checks = checker(kind);
  await group(async () => {
    const users = await checks.need("two users sign up by e-mail and password", () => {
      const { origin } = betterAuth;
      return Promise.all([signUp(origin, "Ada", "ada@example.com"), signUp(origin, "Ben", "ben@example.com")]);
    });
    await checks.need(`Better Auth stores session dates as ${dates[kind]}`, async () => {
      assert.equal(await database.sessionDates(), dates[kind]);
    });
    await checks.need("the JWT of Better Auth's jwt plugin is signed with EdDSA", () => {
      for (const { jwt } of users) assert.equal(JSON.parse(Buffer.from(jwt.split(".")[0], "base64url")).alg, "EdDSA");
    });
    const call = caller(service.origin);
    const world = { checks, call, users, secret, database, origin: betterAuth.origin, mails: betterAuth.mails };
    await checkTasks(world);
    await checkStrangers(world);
    // Last, because it ends sessions.
    await checkSessions(world);
    await checks.check("the service stops on SIGTERM with exit code 0", async () => {
      const { how } = await service.close();
      assert.equal(how, "exit code 0");
    });
  });
}
