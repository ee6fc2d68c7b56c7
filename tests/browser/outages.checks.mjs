// The service goes away and comes back.

import assert from "node:assert/strict";

import { ada } from "./life.checks.mjs";
import { add, checkbox, expectTitles, list, signIn } from "./task-page.mjs";
import { expectStill, openProfile, screenshot } from "./tabs.mjs";
import { expectAccessible } from "./accessible.mjs";

export async function checkOutages(world) {
  const { browser, origin, kind, proof, checks, stopService } = world;
  const profile = await openProfile(browser, origin, { allow: [/status of 50/, /net::ERR_/] });
  const page = await profile.newPage();
  const { check, need } = checks;
  const away = page.getByText("The task service cannot be reached. It is tried again until it answers.");

  await need("a task is shown", async () => {
    await page.goto("/sign-in");
    await signIn(page, ada);
    await add(page, "Water the plants", { tags: "garden" });
    await page.goto("/tasks?tag=garden");
    await checkbox(page, "Water the plants").waitFor();
  });
  const startService = await stopService();
  await check("with the service away, a change is taken back, and the page says why", async () => {
    await checkbox(page, "Water the plants").click();
    await away.waitFor();
    await page.waitForFunction(() => !document.querySelector(".task input:checked"));
    await expectTitles(page, ["Water the plants"]);
    await page.getByLabel("What is to be done?").fill("Written in vain");
    await page.getByLabel("What is to be done?").press("Enter");
    await page.waitForFunction(() => document.querySelector("#new-title").value === "Written in vain");
    if (kind === "sqlite" && proof === "cookie") await screenshot(page, "away-with-list");
  });
  const other = await profile.newPage();
  await check("a page that is opened meanwhile says so too", async () => {
    await other.goto("/tasks?tag=garden");
    await other.getByText("The task service cannot be reached. It is tried").waitFor();
    if (kind === "sqlite" && proof === "cookie") {
      await expectAccessible(other, "the page without its service");
      for (const colorScheme of ["light", "dark"]) {
        await other.emulateMedia({ colorScheme });
        await screenshot(other, `away-${colorScheme}`);
      }
    }
  });
  await startService();
  await check("both recover by themselves once it is back", async () => {
    for (const tab of [page, other]) {
      await tab.locator(".away").waitFor({ state: "detached" });
      await expectTitles(tab, ["Water the plants"]);
    }
    await expectStill(other);
    assert.equal(await page.getByLabel("What is to be done?").inputValue(), "Written in vain");
    await page.getByLabel("What is to be done?").press("Enter");
    await checkbox(page, "Written in vain").and(page.locator(":enabled")).waitFor();
    assert.equal(await list(page).getByText("Written in vain").count(), 1);
  });
  await check("no error on the console but those", () => profile.expectCalm());
  await profile.close();
}
