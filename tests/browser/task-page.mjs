// Page objects. They find elements by role, label and text, as a screen reader does.

import assert from "node:assert/strict";

export const password = "correct horse battery staple";

export async function signUp(page, { name, email }) {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel(/Password/).fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await waitForList(page);
}

export async function signIn(page, { email }) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel(/Password/).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/tasks**");
  await waitForList(page);
}

export const userId = (page) =>
  page.evaluate(async () => (await (await fetch("/api/auth/get-session")).json()).user.id);

export const list = (page) => page.getByRole("region", { name: "List of tasks" });

export const waitForList = (page) => page.locator('section[aria-label="List of tasks"][aria-busy="false"]').waitFor();

export async function addTask(page, title, { description, priority, due, tags } = {}) {
  const form = page.getByRole("form", { name: "New task" });
  const details = form.getByRole("button", { name: "Details" });
  if ((description || priority || due || tags) && (await details.getAttribute("aria-expanded")) === "false") await details.click();
  if (description) await form.getByLabel("Description").fill(description);
  if (priority) await form.getByLabel("Priority").selectOption(priority);
  if (due) await form.getByLabel("Due").fill(due);
  if (tags) await form.getByLabel(/^Tags/).fill(tags);
  await form.getByLabel("What is to be done?").fill(title);
  await form.getByLabel("What is to be done?").press("Enter");
  // The checkbox is enabled only after the task is stored.
  await checkbox(page, title).and(page.locator(":enabled")).waitFor();
}

export const checkbox = (page, title) => list(page).getByRole("checkbox", { name: title, exact: true });

export const openEditor = (page, title) => list(page).getByRole("button", { name: title, exact: true }).click();

export const editor = (page, title) => page.getByRole("form", { name: `Edit “${title}”` });

export async function renameTask(page, from, to) {
  await openEditor(page, from);
  await editor(page, from).getByLabel("Title").fill(to);
  await editor(page, from).getByLabel("Title").press("Enter");
}

export const showTasks = (page, filter) => page.getByRole("group", { name: "Show" }).getByText(filter, { exact: true }).click();

/** Waits up to 30 seconds until the list has these titles in this order. */
export async function expectTitles(page, titles) {
  let actual;
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    actual = await list(page).locator("ul.tasks:not(.skeleton) .title").allInnerTexts();
    if (actual.join("\n") === titles.join("\n")) return;
    await page.waitForTimeout(50);
  }
  assert.deepEqual(actual, titles);
}

export const notice = (page, text) => page.getByRole("status", { name: "Notice" }).getByText(text);

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
