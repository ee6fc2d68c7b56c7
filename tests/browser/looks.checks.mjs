// What it looks like: axe-core on every page, and screenshots for people. Neither depends on database or proof, so that one run will do.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { resolve } from "node:path";

import { expectAccessible } from "./accessible.mjs";
import { add, checkbox, editor, listIsThere, openEditor, signUp } from "./task-page.mjs";
import { expectStill, openProfile, screenshot } from "./tabs.mjs";

const inReadme = resolve(import.meta.dirname, "../../docs/screenshot.png");
const phone = { width: 375, height: 720 };
const desk = { width: 1000, height: 760 };

export async function checkLooks({ browser, origin, kind, proof, checks: { check, need } }) {
  if (kind !== "sqlite" || proof !== "cookie") return;
  const profile = await openProfile(browser, origin, { allow: [/status of 404/] });
  const page = await profile.newPage();

  /** In both colours and both widths, with nothing that reaches beyond the page's width. */
  async function look(name) {
    await expectAccessible(page, name);
    for (const [width, viewport] of Object.entries({ desk, phone })) {
      await page.setViewportSize(viewport);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wider <= 0, `${name} is ${wider} px wider than a ${width}`);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await screenshot(page, `${name}-${width}-${colorScheme}`);
      }
    }
    await page.setViewportSize(desk);
    await page.emulateMedia({ colorScheme: "light" });
  }

  for (const [path, name] of Object.entries({ "/sign-in": "sign-in", "/sign-up": "sign-up", "/nowhere": "not-found" })) {
    await check(`${name} is accessible and fits`, async () => {
      await page.goto(path);
      await expectStill(page);
      await look(name);
    });
  }
  await need("an empty list is accessible and fits", async () => {
    await signUp(page, { name: "Cora Lovelace", email: "cora@example.com" });
    await page.getByText("Nothing to do yet").waitFor();
    await look("empty");
  });
  await check("a list that is still loading is accessible and fits", async () => {
    let go;
    const held = new Promise((resolve) => (go = resolve));
    await page.route(/\/tasks\?limit/, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto("/tasks");
    await page.getByText("Loading your tasks").waitFor();
    await look("loading");
    go();
    await listIsThere(page);
    await page.unroute(/\/tasks\?limit/);
  });
  await check("a list is accessible and fits", async () => {
    await add(page, "Return the library books", { due: "2026-01-31", tags: "errands" });
    await add(page, "Repot the fig", { description: "The big pot is in the cellar.", tags: "home, garden" });
    await add(page, "Book a table for Friday", { tags: "friends" });
    await add(page, "Send the invoice for November", { priority: "high", due: "2031-12-01", tags: "work" });
    await checkbox(page, "Repot the fig").check();
    await page.goto("/tasks");
    await listIsThere(page);
    await expectStill(page);
    await look("list");
    if (process.env.UPDATE_SCREENSHOT) {
      await page.setViewportSize({ width: 800, height: 620 });
      await page.screenshot({ path: inReadme });
      await page.setViewportSize(desk);
    }
    assert.ok(statSync(inReadme).size < 150_000, "the README's screenshot is small");
  });
  await check("editing is accessible and fits", async () => {
    await openEditor(page, "Repot the fig");
    await editor(page, "Repot the fig").waitFor();
    await look("editing");
    await page.keyboard.press("Escape");
  });
  await check("a notice is accessible and fits", async () => {
    await page.getByRole("button", { name: "Delete “Book a table for Friday”" }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await look("notice");
  });
  await check("the account is accessible and fits", async () => {
    await page.getByRole("link", { name: "Account" }).click();
    await page.getByText("(this browser)").waitFor();
    await look("account");
    await expectStill(page);
  });
  await check("no error on the console", () => profile.expectCalm());
  await profile.close();
}
