// Checks a user's journey: sign up; add, edit, complete, filter, delete and restore tasks; sign out.

import assert from "node:assert/strict";

import { actOnNotice, addTask, all, checkbox, chooseFromMenu, editor, expectTitles, fetchFrom, list, notice, openEditor } from "./task-page.mjs";
import { showFinished, showView, signUp, storedEntries, userId, waitForList, withFilters } from "./task-page.mjs";
import { expectNoLayoutShift, openProfile } from "./tabs.mjs";

export const ada = { name: "Ada", email: "ada@example.com" };

export async function checkUserJourney(context) {
  const { browser, origin, serviceOrigin, apiOrigin, checks } = context;
  // The browser logs 401 after the sign-out on the console.
  const profile = await openProfile(browser, origin, { allow: [/status of 401/] });
  const page = await profile.newPage();
  const { check, need } = checks;

  await need("an unauthenticated user is redirected to the sign-in page", async () => {
    await page.goto("/tasks?view=upcoming");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("next"), "/tasks?view=upcoming");
  });
  await need("sign-up leads to an empty list", async () => {
    await signUp(page, ada);
    await page.getByText("Nothing to do yet").waitFor();
  });
  await need("three tasks are added", async () => {
    await addTask(page, "Buy milk");
    await addTask(page, "Call the plumber", { description: "The tap drips.", priority: "high", due: "2031-12-01", tags: "home, phone" });
    await addTask(page, "Answer Ben");
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy milk"]);
    await list(page).getByText("Due: 1 Dec 2031").waitFor();
    await list(page).getByText("High priority").waitFor();
  });
  await check("a title is edited in place with only the keyboard", async () => {
    await list(page).getByRole("button", { name: "Buy milk", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("Buy oat milk");
    await page.keyboard.press("Enter");
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy oat milk"]);
    await expectFocus(page, "Buy oat milk");
    await page.keyboard.press("Enter");
    await page.keyboard.type(", a lot");
    await page.keyboard.press("Escape");
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy oat milk"]);
    await expectFocus(page, "Buy oat milk");
  });
  await check("an invalid edit stays in the form, with the reason", async () => {
    await openEditor(page, "Answer Ben");
    await editor(page, "Answer Ben").getByLabel(/^Tags/).fill("a".repeat(51));
    await editor(page, "Answer Ben").getByRole("button", { name: "Save" }).click();
    await editor(page, "Answer Ben").getByText(/50/).waitFor();
    assert.equal((await editor(page, "Answer Ben").getByLabel(/^Tags/).inputValue()).length, 51);
    await editor(page, "Answer Ben").getByRole("button", { name: "Cancel" }).click();
  });
  await check("a completed task is collapsed below the open ones", async () => {
    await checkbox(page, "Buy oat milk").click();
    await expectTitles(page, ["Answer Ben", "Call the plumber"]);
    await showFinished(page);
    await page.locator(".task.done").getByText("Buy oat milk").waitFor();
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy oat milk"]);
  });
  await check("tasks are filtered by status, text, tag and priority", async () => {
    await showView(page, "Upcoming");
    await expectTitles(page, ["Call the plumber"]);
    await showView(page, "Done");
    await expectTitles(page, ["Buy oat milk"]);
    await showView(page, "All");
    await page.getByLabel("Search").fill("DRIPS");
    await expectTitles(page, ["Call the plumber"]);
    await page.getByLabel("Search").fill("");
    await list(page).getByRole("button", { name: "phone", exact: true }).click();
    await expectTitles(page, ["Call the plumber"]);
    await withFilters(page, (filters) => filters.getByLabel("Tag").fill("none of these"));
    await page.getByText("No task fits.").waitFor();
    await page.getByRole("button", { name: "Show all tasks" }).click();
    await withFilters(page, async (filters) => {
      await filters.getByLabel("Priority").selectOption("medium");
      await filters.getByLabel("Sort by").selectOption("title");
    });
    await expectTitles(page, ["Answer Ben", "Buy oat milk"]);
  });
  await check("a reload keeps the filter and the order", async () => {
    await page.reload();
    await expectTitles(page, ["Answer Ben"]);
    await page.getByRole("button", { name: "Remove the filter By title" }).waitFor();
    await expectNoLayoutShift(page);
    await page.goto(all);
    await expectTitles(page, ["Answer Ben", "Call the plumber"]);
  });
  await check("the browser's back button returns to the view before", async () => {
    await showView(page, "Done");
    await expectTitles(page, ["Buy oat milk"]);
    await page.goBack();
    await expectTitles(page, ["Answer Ben", "Call the plumber"]);
  });
  await check("a deletion is undone", async () => {
    await list(page).getByRole("button", { name: "Delete “Answer Ben”" }).click();
    await expectTitles(page, ["Call the plumber"]);
    await expectFocus(page, "Call the plumber");
    await actOnNotice(page, "Undo");
    await notice(page, "is back").waitFor();
    await expectTitles(page, ["Answer Ben", "Call the plumber"]);
  });
  await check("a deleted task is in the trash after a reload and is restored", async () => {
    await list(page).getByRole("button", { name: "Delete “Answer Ben”" }).click();
    await notice(page, "in the trash").waitFor();
    await waitForList(page);
    await page.reload();
    await expectTitles(page, ["Call the plumber"]);
    await showView(page, "Trash");
    await expectTitles(page, ["Answer Ben"]);
    await list(page).getByRole("button", { name: "Restore “Answer Ben”" }).click();
    await page.getByText("The trash is empty.").waitFor();
    await showView(page, "All");
    await expectTitles(page, ["Answer Ben", "Call the plumber"]);
  });
  await check("completing removes the task from the list of open tasks and can be undone", async () => {
    await showView(page, "Upcoming");
    await checkbox(page, "Call the plumber").click();
    await expectTitles(page, []);
    await actOnNotice(page, "Undo");
    await expectTitles(page, ["Call the plumber"]);
    await waitForList(page);
  });
  await check("a long list is loaded in pages", async () => {
    const id = await userId(page);
    const cookie = await cookieOf(profile);
    for (let number = 1; number <= 52; number += 1) {
      const headers = { cookie, origin, "content-type": "application/json" };
      const body = JSON.stringify({ title: `Page ${number}`, tags: ["many"] });
      const { status } = await fetch(`${serviceOrigin}/api/${id}/tasks`, { method: "POST", headers, body });
      assert.equal(status, 201);
    }
    await page.goto("/tasks?view=all&tag=many");
    await waitForList(page);
    assert.equal(await list(page).getByRole("checkbox").count(), 50);
    await page.getByRole("button", { name: "Load more" }).click();
    await checkbox(page, "Page 1").waitFor();
    assert.equal(await list(page).getByRole("checkbox").count(), 52);
    assert.equal(await page.getByRole("button", { name: "Load more" }).count(), 0);
    await expectNoLayoutShift(page);
  });
  await check("after sign-out the service returns 401, also for the old cookie", async () => {
    const id = await userId(page);
    const cookie = await cookieOf(profile);
    const fetchStatus = async () => (await fetch(`${serviceOrigin}/api/${id}/tasks`, { headers: { cookie } })).status;
    assert.equal(await fetchStatus(), 200, "before sign-out");
    await chooseFromMenu(page, "Sign out");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await fetchStatus(), 401, "the old cookie");
    assert.equal((await fetchFrom(page, `${apiOrigin}/api/${id}/tasks`)).status, 401, "a call by the page");
    assert.equal((await fetchFrom(page, "/api/auth/token")).status, 401, "a token request");
    await page.goto("/tasks");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await expectNoLayoutShift(page);
  });
  await check("no other error on the console, no token in the browser's storage", async () => {
    profile.expectCleanConsole();
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(stored, /eyJ|session_token/);
    assert.deepEqual(await storedKeys(page), [], "tasks in IndexedDB after the sign-out");
    assert.equal(await page.evaluate(() => document.cookie), "");
  });
  await profile.close();
}

/** Returns the keys of the tasks and writes that the page keeps in IndexedDB. */
const storedKeys = async (page) => (await storedEntries(page)).map(([key]) => key);

const cookieOf = async (profile) => {
  const cookies = await profile.context.cookies();
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
};

async function expectFocus(page, title) {
  await page.waitForFunction((title) => document.activeElement?.textContent === title, title);
}
