// Checks the pages while the service is unreachable, and after it returns.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { addTask, checkbox, expectTitles, list, signIn } from "./task-page.mjs";
import { expectNoLayoutShift, openProfile, screenshot } from "./tabs.mjs";
import { expectAccessible } from "./accessible.mjs";

export async function checkOutages(context) {
  const { browser, origin, kind, authMethod, checks, stopService } = context;
  const profile = await openProfile(browser, origin, { allow: [/status of 50/, /net::ERR_/] });
  const page = await profile.newPage();
  const { check, need } = checks;
  const unreachableNotice = page.getByText("The task service cannot be reached. It is tried again until it answers.");

  await need("a task is shown", async () => {
    await page.goto("/sign-in");
    await signIn(page, ada);
    await addTask(page, "Water the plants", { tags: "garden" });
    await page.goto("/tasks?tag=garden");
    await checkbox(page, "Water the plants").waitFor();
  });
  const startService = await stopService();
  await check("while the service is unreachable, a change is reverted and the page shows the reason", async () => {
    await checkbox(page, "Water the plants").click();
    await unreachableNotice.waitFor();
    await page.waitForFunction(() => !document.querySelector(".task input:checked"));
    await expectTitles(page, ["Water the plants"]);
    await page.getByLabel("What is to be done?").fill("Written in vain");
    await page.getByLabel("What is to be done?").press("Enter");
    await page.waitForFunction(() => document.querySelector("#new-title").value === "Written in vain");
    if (kind === "sqlite" && authMethod === "cookie") await screenshot(page, "away-with-list");
  });
  const other = await profile.newPage();
  await check("a page opened during the outage shows the reason too", async () => {
    await other.goto("/tasks?tag=garden");
    await other.getByText("The task service cannot be reached. It is tried").waitFor();
    if (kind === "sqlite" && authMethod === "cookie") {
      await expectAccessible(other, "the page while the service is unreachable");
      for (const colorScheme of ["light", "dark"]) {
        await other.emulateMedia({ colorScheme });
        await screenshot(other, `away-${colorScheme}`);
      }
    }
  });
  await startService();
  await check("both pages recover without a reload when the service returns", async () => {
    for (const tab of [page, other]) {
      await tab.locator(".away").waitFor({ state: "detached" });
      await expectTitles(tab, ["Water the plants"]);
    }
    await expectNoLayoutShift(other);
    assert.equal(await page.getByLabel("What is to be done?").inputValue(), "Written in vain");
    await page.getByLabel("What is to be done?").press("Enter");
    await checkbox(page, "Written in vain").and(page.locator(":enabled")).waitFor();
    assert.equal(await list(page).getByText("Written in vain").count(), 1);
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
