// Checks accessibility and layout of each page, and takes screenshots. Runs once, because neither depends on the database or the
// authentication method.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { resolve } from "node:path";

import { expectAccessible } from "./accessible.mjs";
import { addTask, checkbox, editor, waitForList, openEditor, signUp } from "./task-page.mjs";
import { expectNoLayoutShift, openProfile, screenshot } from "./tabs.mjs";

const readmeScreenshot = resolve(import.meta.dirname, "../../docs/screenshot.png");
const phone = { width: 375, height: 720 };
const desktop = { width: 1000, height: 760 };

export async function checkAppearance({ browser, origin, kind, authMethod, checks: { check, need } }) {
  if (kind !== "sqlite" || authMethod !== "cookie") return;
  const profile = await openProfile(browser, origin, { allow: [/status of 404/] });
  const page = await profile.newPage();

  /** Checks the page in both colour schemes and both widths. Asserts that it does not scroll horizontally. */
  async function checkPage(name) {
    await expectAccessible(page, name);
    for (const [width, viewport] of Object.entries({ desktop, phone })) {
      await page.setViewportSize(viewport);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the ${width} viewport`);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await screenshot(page, `${name}-${width}-${colorScheme}`);
      }
    }
    await page.setViewportSize(desktop);
    await page.emulateMedia({ colorScheme: "light" });
  }

  for (const [path, name] of Object.entries({ "/sign-in": "sign-in", "/sign-up": "sign-up", "/nowhere": "not-found" })) {
    await check(`${name} is accessible and fits`, async () => {
      await page.goto(path);
      await expectNoLayoutShift(page);
      await checkPage(name);
    });
  }
  await need("an empty list is accessible and fits", async () => {
    await signUp(page, { name: "Cora Lovelace", email: "cora@example.com" });
    await page.getByText("Nothing to do yet").waitFor();
    await checkPage("empty");
  });
  await check("a list that is still loading is accessible and fits", async () => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.route(/\/tasks\/changes/, async (route) => {
      await released;
      await route.continue();
    });
    await page.goto("/tasks");
    await page.getByText("Loading your tasks").waitFor();
    await checkPage("loading");
    release();
    await waitForList(page);
    await page.unroute(/\/tasks\/changes/);
  });
  await check("a list is accessible and fits", async () => {
    await addTask(page, "Return the library books", { due: "2026-01-31", tags: "errands" });
    await addTask(page, "Repot the fig", { description: "The big pot is in the cellar.", tags: "home, garden" });
    await addTask(page, "Book a table for Friday", { tags: "friends" });
    await addTask(page, "Send the invoice for November", { priority: "high", due: "2031-12-01", tags: "work" });
    await checkbox(page, "Repot the fig").check();
    await page.goto("/tasks");
    await waitForList(page);
    await expectNoLayoutShift(page);
    await checkPage("list");
    if (process.env.UPDATE_SCREENSHOT) {
      await page.setViewportSize({ width: 800, height: 620 });
      await page.screenshot({ path: readmeScreenshot });
      await page.setViewportSize(desktop);
    }
    assert.ok(statSync(readmeScreenshot).size < 150_000, "the README's screenshot is below 150 kB");
  });
  await check("the editor is accessible and fits", async () => {
    await openEditor(page, "Repot the fig");
    await editor(page, "Repot the fig").waitFor();
    await checkPage("editing");
    await page.keyboard.press("Escape");
  });
  await check("a notice is accessible and fits", async () => {
    await page.getByRole("button", { name: "Delete “Book a table for Friday”" }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await checkPage("notice");
  });
  await check("the account page is accessible and fits", async () => {
    await page.getByRole("link", { name: "Account" }).click();
    await page.getByText("(this browser)").waitFor();
    await checkPage("account");
    await expectNoLayoutShift(page);
  });
  await check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
