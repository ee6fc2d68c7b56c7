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
    await page.getByLabel("Tag", { exact: true }).fill("");
    await page.getByLabel("What is to be done?").press("Enter");
    await checkbox(page, "Written in vain").and(page.locator(":enabled")).waitFor();
    assert.equal(await list(page).getByText("Written in vain").count(), 1);
  });
  await check("a lost answer is reported as perhaps not done, and the same draft sent again makes one task", async () => {
    const keys = [];
    // The service stores the task; the browser gets no answer.
    const creates = (url) => /^\/api\/[^/]+\/tasks$/.test(url.pathname);
    await page.route(creates, async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      keys.push(route.request().headers()["idempotency-key"]);
      if (keys.length > 1) return route.continue();
      const response = await route.fetch();
      assert.equal(response.status(), 201);
      await route.abort("connectionreset");
    });
    const title = page.getByLabel("What is to be done?");
    await title.fill("Sent once");
    await title.press("Enter");
    await page.getByText("Perhaps that was not done").waitFor();
    await page.waitForFunction(() => document.querySelector("#new-title").value === "Sent once");
    await title.press("Enter");
    await checkbox(page, "Sent once").and(page.locator(":enabled")).first().waitFor();
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1], "the draft keeps its key");
    await title.fill("Sent once more");
    await title.press("Enter");
    await checkbox(page, "Sent once more").and(page.locator(":enabled")).waitFor();
    assert.notEqual(keys[2], keys[1], "another draft has another key");
    await page.unroute(creates);
    await page.goto("/tasks?search=Sent");
    await expectTitles(page, ["Sent once more", "Sent once"]);
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
