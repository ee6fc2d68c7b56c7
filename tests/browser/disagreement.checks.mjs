// Checks a front end and a service with different settings: the page says so and sends the user nowhere. With the cookie, both need the
// same secret. A JWT is signed by a key of the database: the service needs no secret, and the front end needs the one that encrypted the key.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { expectAccessible } from "./accessible.mjs";
import { addTask, password, signIn, waitForList } from "./task-page.mjs";
import { openProfile, screenshot } from "./tabs.mjs";

/** The longest that a page may keep navigating before it settles, in ms. */
const SETTLED = 3_000;

export async function checkDisagreement(context) {
  const { browser, origin, kind, authMethod, checks, stopService, stopFrontEnd, secret } = context;
  const { check, need } = checks;
  const profile = await openProfile(browser, origin, { allow: [/status of (401|50)/] });
  const page = await profile.newPage();
  const otherSecret = `${secret.slice(1)}x`;
  // Pages that are loaded. A page also changes its own address, which loads nothing.
  let navigations = 0;
  page.on("request", (request) => request.isNavigationRequest() && (navigations += 1));

  const restartService = async (changed) => (await stopService())(changed);
  const submit = async () => {
    await page.goto("/sign-in?next=/tasks?view=all");
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByLabel(/Password/).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  const expectSettled = async () => {
    const before = navigations;
    await page.waitForTimeout(SETTLED);
    assert.equal(navigations, before, "the page loads no other");
  };
  const expectMessage = async () => {
    navigations = 0;
    await submit();
    await page.getByRole("heading", { name: "The task service does not know you" }).waitFor();
    await page.getByText("task-api doctor").waitFor();
    await expectSettled();
    assert.ok(navigations < 8, `${navigations} navigations`);
    if (kind === "sqlite") await expectAccessible(page, "the message");
  };

  if (authMethod === "cookie") {
    await need("with another secret in the service, the sign-in ends at a message with the command to run", async () => {
      await restartService({ secret: otherSecret });
      await expectMessage();
    });
  } else {
    await need("with another secret in the service, a JWT is accepted", async () => {
      await restartService({ secret: otherSecret });
      await signIn(page, ada, "/tasks?view=all");
      await addTask(page, "With another secret");
    });
    await need("with another audience in the service, the sign-in ends at a message with the command to run", async () => {
      await profile.context.clearCookies();
      await restartService({ variables: { JWT_AUDIENCE: "https://elsewhere.example" } });
      await expectMessage();
    });
  }
  await check("with the right settings again, Try again leads to the tasks", async () => {
    await restartService({});
    await page.getByRole("link", { name: "Try again" }).click();
    await page.getByLabel("What is to be done?").waitFor();
    await waitForList(page);
  });
  if (authMethod === "jwt") {
    // Tokens of the change feed are signed with the secret of the service. The server does not render the page: React's error 441.
    profile.allow(/status of 410/, /React error #441/);
    await check("with another secret in the front end, the page points to the log of its server; then it recovers", async () => {
      await (await stopFrontEnd())({ secret: otherSecret });
      await profile.context.clearCookies();
      await submit();
      await page.getByText("The cause is in the server’s log.").waitFor();
      await expectSettled();
      if (kind === "sqlite") {
        await expectAccessible(page, "the page of an error");
        await screenshot(page, "error");
      }
      await (await stopFrontEnd())();
      await page.getByRole("button", { name: "Try again" }).click();
      // The session was signed with the other secret.
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await signIn(page, ada);
    });
  }
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
