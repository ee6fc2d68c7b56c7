// Page objects. They find elements by role, label and text, as a screen reader does.

import assert from "node:assert/strict";

import { TIMEOUT } from "./tabs.mjs";

export const password = "correct horse battery staple";

/** The list of all tasks. */
export const all = "/tasks?view=all";

const signInTo = (address) => `/sign-in?next=${encodeURIComponent(address)}`;

export async function signUp(page, { name, email }) {
  await page.goto(`/sign-up?next=${encodeURIComponent(all)}`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel(/Password/).fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await waitForList(page);
}

/** Fills the form of the sign-in page. With `address`, opens the sign-in page first. */
export async function signIn(page, { email }, address) {
  if (address) await page.goto(signInTo(address));
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel(/Password/).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/tasks**");
  await waitForList(page);
}

/** Opens the menu of the user, and chooses an item. */
export async function chooseFromMenu(page, item) {
  await page.getByRole("button", { name: /^Menu of/ }).click();
  await page.getByRole("menuitem", { name: item }).or(page.getByRole("menuitemradio", { name: item })).click();
}

export const userId = (page) =>
  page.evaluate(async () => (await (await fetch("/api/auth/get-session")).json()).user.id);

export const list = (page) => page.getByRole("region", { name: "List of tasks" });

export const waitForList = (page) => page.locator('section[aria-label="List of tasks"][aria-busy="false"]').waitFor();

/** Adds a task by the line of the page; a description by the details. */
export async function addTask(page, title, { description, priority, due, tags = "" } = {}) {
  const words = tags.split(",").map((tag) => tag.trim()).filter(Boolean);
  const line = [title, due, ...words.map((tag) => `#${tag}`), priority && `!${priority}`].filter(Boolean).join(" ");
  const input = page.getByLabel("What is to be done?");
  await input.fill(line);
  if (description) {
    if (due) await page.getByRole("button", { name: `Keep “${due}” in the title` }).waitFor();
    await page.getByRole("button", { name: "Details" }).click();
    await page.getByLabel("Description").fill(description);
    await page.getByRole("button", { name: "Save" }).click();
  } else {
    await input.press("Enter");
  }
  await stored(page, title).waitFor();
}

export const checkbox = (page, title) => list(page).getByRole("checkbox", { name: title, exact: true });

/** The row of a task, without the rows with a write that has no response yet. */
export const stored = (page, title) => page.locator("li[data-task]:not([data-sync])").filter({ has: page.locator(".title", { hasText: new RegExp(`^${title}$`) }) });

export const titleButton = (page, title) => list(page).getByRole("button", { name: title, exact: true });

export const openEditor = (page, title) => titleButton(page, title).click();

export const editor = (page, title) => page.getByRole("form", { name: `Edit “${title}”` });

export async function renameTask(page, from, to) {
  await openEditor(page, from);
  await editor(page, from).getByLabel("Title").fill(to);
  await editor(page, from).getByLabel("Title").press("Enter");
}

export const showView = (page, view) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: new RegExp(`^${view}`) }).click();

/** Opens the popover of the filters, calls `action` with it, and closes it. */
export async function withFilters(page, action) {
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await action(page.getByRole("dialog", { name: "Filters" }));
  await page.keyboard.press("Escape");
}

export const showFinished = (page) => page.locator("summary", { hasText: "Finished" }).click();

/** Waits until the list has these titles in this order. */
export async function expectTitles(page, titles) {
  let actual;
  for (const deadline = Date.now() + TIMEOUT; Date.now() < deadline; ) {
    actual = await list(page).locator("ul.tasks .title").allInnerTexts();
    if (actual.join("\n") === titles.join("\n")) return;
    await page.waitForTimeout(50);
  }
  assert.deepEqual(actual, titles);
}

export const notice = (page, text) => page.getByRole("region", { name: /Notifications/ }).getByText(text).first();

/** Clicks a button of a notice. */
export const actOnNotice = (page, name) => page.getByRole("region", { name: /Notifications/ }).getByRole("button", { name }).first().click();

/** Calls `fetch` inside the page. Returns status and text, or the error's name. */
export const fetchFrom = (page, url, init) =>
  page.evaluate(
    async ([url, init]) => {
      try {
        const response = await fetch(url, init);
        return { status: response.status, text: await response.text() };
      } catch (error) {
        return { error: error.name };
      }
    },
    [url, init],
  );

/** Returns the keys and values that the page keeps in IndexedDB. */
export const storedEntries = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open("task-api");
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const store = request.result.transaction("cache").objectStore("cache");
          const [keys, values] = [store.getAllKeys(), store.getAll()];
          values.onsuccess = () => resolve(keys.result.map((key, index) => [key, values.result[index]]));
        };
      }),
  );
