// Checks a front end and a service with different secrets: the page says so and sends the user nowhere.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { expectAccessible } from "./accessible.mjs";
import { password } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

/** The longest that a page may keep navigating before it settles, in ms. */
const SETTLED = 3_000;

export async function checkDisagreement({ browser, origin, kind, authMethod, checks, stopService, secret }) {
  // With a JWT, the secret is not used.
  if (authMethod !== "cookie") return;
  const { check, need } = checks;
  const profile = await openProfile(browser, origin, { allow: [/status of (401|50)/] });
  const page = await profile.newPage();
  // Pages that are loaded. A page also changes its own address, which loads nothing.
  let navigations = 0;
  page.on("request", (request) => request.isNavigationRequest() && (navigations += 1));

  const startService = await stopService();
  await startService({ secret: `${secret.slice(1)}x` });
  await need("with another secret in the service, the sign-in ends at a message with the command to run", async () => {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByLabel(/Password/).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "The task service does not know you" }).waitFor();
    await page.getByText("task-api doctor").waitFor();
    const settled = navigations;
    await page.waitForTimeout(SETTLED);
    assert.equal(navigations, settled, "the page loads no other");
    assert.ok(navigations < 8, `${navigations} navigations`);
    if (kind === "sqlite") await expectAccessible(page, "the message");
  });
  const restoreService = await stopService();
  await restoreService();
  await check("with the right secret again, Try again leads to the tasks", async () => {
    await page.getByRole("link", { name: "Try again" }).click();
    await page.getByLabel("What is to be done?").waitFor();
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
