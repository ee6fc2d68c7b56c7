// Checks accessibility and layout of each page, and takes screenshots. Runs once, because neither depends on the database or the
// authentication method.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { resolve } from "node:path";

import { expectAccessible } from "./accessible.mjs";
import { addTask, all, checkbox, chooseFromMenu, editor, list, openEditor, showView, signUp, waitForList } from "./task-page.mjs";
import { expectNoLayoutShift, openProfile, screenshot, waitUntil } from "./tabs.mjs";

const readmeScreenshot = resolve(import.meta.dirname, "../../docs/screenshot.png");
const phone = { width: 390, height: 844 };
const desktop = { width: 1000, height: 760 };
const wide = { width: 1600, height: 900 };

/** Limits the compressed JavaScript of the page of tasks, in bytes. */
const MAX_SCRIPTS = 220 * 1024;

/** Time in which a page loads what it loads when the browser is idle, in ms. */
const IDLE = 3_000;

/** Opens the page of tasks in a browser without cache, without a click or a key. Returns the scripts with their bytes on the network. */
async function measureScripts(browser, origin, storageState) {
  const profile = await openProfile(browser, origin, { storageState });
  const sizes = new Map();
  // Also those that the service worker loads.
  profile.context.on("requestfinished", async (request) => {
    const { pathname } = new URL(request.url());
    const size = /\.js$/.test(pathname) ? (await request.sizes()).responseBodySize : 0;
    if (size > 0) sizes.set(pathname, size);
  });
  const page = await profile.newPage();
  await page.goto("/tasks");
  await waitForList(page);
  await waitUntil(page, async () => (await caches.match("/offline")) !== undefined);
  await page.waitForTimeout(IDLE);
  await profile.close();
  return sizes;
}

export async function checkAppearance({ browser, origin, kind, authMethod, checks: { check, need } }) {
  if (kind !== "sqlite" || authMethod !== "cookie") return;
  const profile = await openProfile(browser, origin, { allow: [/status of 404/] });
  const page = await profile.newPage();

  /** Checks the page in both colour schemes and at all widths. Asserts that it does not scroll horizontally. */
  async function checkPage(name) {
    await expectAccessible(page, name);
    for (const [width, viewport] of Object.entries({ wide, desktop, phone })) {
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
    await page.goto(all);
    await page.getByText("Loading your tasks").waitFor();
    await checkPage("loading");
    release();
    await waitForList(page);
    await page.unroute(/\/tasks\/changes/);
  });
  await check("a list is accessible and fits; on a phone the first task is in the upper third", async () => {
    await addTask(page, "Repot the fig", { tags: "home, garden" });
    await addTask(page, "Return the library books", { due: "2026-01-31", tags: "errands" });
    await addTask(page, "Call the dentist", { due: "today", tags: "health" });
    await addTask(page, "Water the plants", { due: "today every 3 days", tags: "home" });
    await addTask(page, "Send the invoice", { due: "tomorrow 9am", priority: "high", tags: "work" });
    await addTask(page, "Pay the rent", { due: "2031-12-01 every month", tags: "home", priority: "high" });
    await checkbox(page, "Repot the fig").click();
    await page.goto(all);
    await waitForList(page);
    await expectNoLayoutShift(page);
    await checkPage("list");
    await page.setViewportSize(phone);
    const { y } = await list(page).getByRole("checkbox").first().boundingBox();
    assert.ok(y < phone.height / 3, `the first task is at ${y} px`);
    await page.setViewportSize(desktop);
  });
  await check("Today, Upcoming, Done and Trash are accessible and fit", async () => {
    await list(page).getByRole("button", { name: "Delete “Water the plants”" }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await checkPage("notice");
    for (const view of ["Today", "Upcoming", "Done", "Trash"]) {
      await showView(page, view);
      await checkPage(view.toLowerCase());
    }
    await list(page).getByRole("button", { name: "Restore “Water the plants”" }).click();
    await showView(page, "Today");
    await list(page).getByText("Water the plants").waitFor();
    await waitForList(page);
  });
  await check("the README's screenshot is below 150 kB", async () => {
    await page.goto("/tasks");
    await waitForList(page);
    if (process.env.UPDATE_SCREENSHOT) {
      await page.setViewportSize({ width: 900, height: 560 });
      await page.screenshot({ path: readmeScreenshot });
      await page.setViewportSize(desktop);
    }
    assert.ok(statSync(readmeScreenshot).size < 150_000);
  });
  await check("the JavaScript of the page of tasks is at most 220 KB compressed, with what loads when the browser is idle", async () => {
    const sizes = await measureScripts(browser, origin, await profile.context.storageState());
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    assert.ok(sizes.size > 10, "the scripts are counted");
    assert.ok(total <= MAX_SCRIPTS, `${total} bytes: ${JSON.stringify([...sizes])}`);
    console.log(`      ${Math.round(total / 1024)} KB in ${sizes.size} scripts`);
  });
  await check("the filters, the menu, the selection and the shortcuts are accessible and fit", async () => {
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await checkPage("filters");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Menu of/ }).click();
    await checkPage("menu");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Select tasks" }).click();
    await page.getByRole("button", { name: "Select all" }).click();
    await checkPage("selection");
    await page.getByRole("button", { name: "Select tasks" }).click();
    await page.getByLabel("What is to be done?").fill("pay rent tomorrow 9am #home !high every month");
    await page.getByText("Tomorrow, 09:00").first().waitFor();
    await checkPage("quick-add");
    await page.getByLabel("What is to be done?").fill("");
    await chooseFromMenu(page, "Keyboard shortcuts");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await checkPage("shortcuts");
    await page.keyboard.press("Escape");
  });
  await check("the editor and its calendar are accessible and fit", async () => {
    await showView(page, "Upcoming");
    await openEditor(page, "Send the invoice");
    const form = editor(page, "Send the invoice");
    await form.getByLabel("Repeat").selectOption("custom");
    await form.getByLabel("Reminder").selectOption("custom");
    await checkPage("editing");
    await form.getByLabel("Due").click();
    await page.getByRole("grid").waitFor();
    await checkPage("calendar");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  });
  await check("the page of statistics is accessible and fits", async () => {
    await chooseFromMenu(page, "Statistics");
    await page.getByRole("heading", { name: "Statistics" }).waitFor();
    await page.getByRole("heading", { name: "Tags" }).waitFor();
    await checkPage("statistics");
  });
  await check("the account page is accessible and fits", async () => {
    await chooseFromMenu(page, "Account");
    await page.getByText("(this browser)").waitFor();
    await checkPage("account");
    await page.reload();
    await page.getByText("(this browser)").waitFor();
    await expectNoLayoutShift(page);
  });
  await check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
