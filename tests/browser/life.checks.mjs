// A person's day: signs up, adds, edits, completes, filters, deletes and takes back, signs out.

import assert from "node:assert/strict";

import { add, checkbox, editor, expectTitles, fetchFrom, list, listIsThere, notice, openEditor, retitle, show, signUp, userId } from "./task-page.mjs";
import { expectStill, openProfile } from "./tabs.mjs";

export const ada = { name: "Ada", email: "ada@example.com" };

export async function checkLife(world) {
  const { browser, origin, service, calls, checks } = world;
  // After the sign-out the page's calls are answered 401, and a title that is refused 422: the browser tells the console.
  const profile = await openProfile(browser, origin, { allow: [/status of (401|422)/] });
  const page = await profile.newPage();
  const { check, need } = checks;

  await need("a stranger who opens the tasks is asked to sign in", async () => {
    await page.goto("/tasks?show=open");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("next"), "/tasks?show=open");
  });
  await need("signs up, and finds an empty list", async () => {
    await signUp(page, ada);
    await page.getByText("Nothing to do yet").waitFor();
  });
  await need("adds three tasks", async () => {
    await add(page, "Buy milk");
    await add(page, "Call the plumber", { description: "The tap drips.", priority: "high", due: "2031-12-01", tags: "home, phone" });
    await add(page, "Answer Ben");
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy milk"]);
    await list(page).getByText("Due: 1 Dec 2031").waitFor();
    await list(page).getByText("High priority").waitFor();
  });
  await check("edits a title in place, with the keyboard alone", async () => {
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
  await check("what the service refuses is taken back, with the reason beside the text that was typed", async () => {
    await openEditor(page, "Answer Ben");
    await editor(page, "Answer Ben").getByLabel(/^Tags/).fill("a".repeat(51));
    await editor(page, "Answer Ben").getByRole("button", { name: "Save" }).click();
    await notice(page, /50/).waitFor();
    assert.equal((await editor(page, "Answer Ben").getByLabel(/^Tags/).inputValue()).length, 51);
    await editor(page, "Answer Ben").getByText(/50/).waitFor();
    await editor(page, "Answer Ben").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Dismiss" }).click();
  });
  await check("completes one", async () => {
    await checkbox(page, "Buy oat milk").check();
    await page.locator(".task.done").getByText("Buy oat milk").waitFor();
  });
  await check("filters by status, text, tag and priority", async () => {
    await show(page, "Open");
    await expectTitles(page, ["Answer Ben", "Call the plumber"]);
    await show(page, "Done");
    await expectTitles(page, ["Buy oat milk"]);
    await show(page, "All");
    await page.getByLabel("Search").fill("DRIPS");
    await expectTitles(page, ["Call the plumber"]);
    await page.getByLabel("Search").fill("");
    await list(page).getByRole("button", { name: "phone", exact: true }).click();
    await expectTitles(page, ["Call the plumber"]);
    await page.getByLabel("Tag", { exact: true }).fill("none of these");
    await page.getByText("No task fits.").waitFor();
    await page.getByRole("button", { name: "Show all tasks" }).click();
    await page.getByRole("search").getByLabel("Priority").selectOption("medium");
    await expectTitles(page, ["Answer Ben", "Buy oat milk"]);
    await page.getByLabel("Sort by").selectOption("title");
  });
  await check("a reload keeps the filter and the order", async () => {
    await page.reload();
    await expectTitles(page, ["Answer Ben", "Buy oat milk"]);
    assert.equal(await page.getByLabel("Sort by").inputValue(), "title");
    await expectStill(page);
    await page.goto("/tasks");
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy oat milk"]);
  });
  await check("deletes one, and takes it back", async () => {
    await list(page).getByRole("button", { name: "Delete “Call the plumber”" }).click();
    await expectTitles(page, ["Answer Ben", "Buy oat milk"]);
    await expectFocus(page, "Buy oat milk");
    await page.getByRole("button", { name: "Undo" }).click();
    await notice(page, "is back").waitFor();
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy oat milk"]);
  });
  await check("finds a deleted task in the trash after a reload, and restores it", async () => {
    await list(page).getByRole("button", { name: "Delete “Answer Ben”" }).click();
    await notice(page, "in the trash").waitFor();
    await page.reload();
    await expectTitles(page, ["Call the plumber", "Buy oat milk"]);
    await show(page, "Trash");
    await expectTitles(page, ["Answer Ben"]);
    await list(page).getByRole("button", { name: "Restore “Answer Ben”" }).click();
    await page.getByText("The trash is empty.").waitFor();
    await show(page, "All");
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy oat milk"]);
  });
  await check("completing in the list of open tasks takes the task out of it, and can be undone", async () => {
    await show(page, "Open");
    await checkbox(page, "Answer Ben").click();
    await expectTitles(page, ["Call the plumber"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await expectTitles(page, ["Answer Ben", "Call the plumber"]);
    await show(page, "All");
    await expectTitles(page, ["Answer Ben", "Call the plumber", "Buy oat milk"]);
  });
  await check("a long list comes in pages", async () => {
    const id = await userId(page);
    const cookie = await cookieOf(profile);
    for (let number = 1; number <= 52; number += 1) {
      const headers = { cookie, origin, "content-type": "application/json" };
      const body = JSON.stringify({ title: `Page ${number}`, tags: ["many"] });
      const { status } = await fetch(`${service}/api/${id}/tasks`, { method: "POST", headers, body });
      assert.equal(status, 201);
    }
    await page.goto("/tasks?tag=many");
    await listIsThere(page);
    assert.equal(await list(page).getByRole("checkbox").count(), 50);
    await page.getByRole("button", { name: "Load more" }).click();
    await checkbox(page, "Page 1").waitFor();
    assert.equal(await list(page).getByRole("checkbox").count(), 52);
    assert.equal(await page.getByRole("button", { name: "Load more" }).count(), 0);
    await expectStill(page);
  });
  await check("signs out: the service answers 401, also to the old cookie", async () => {
    const id = await userId(page);
    const cookie = await cookieOf(profile);
    const ask = async () => (await fetch(`${service}/api/${id}/tasks`, { headers: { cookie } })).status;
    assert.equal(await ask(), 200, "before");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await ask(), 401, "the old cookie");
    assert.equal((await fetchFrom(page, `${calls}/api/${id}/tasks`)).status, 401, "from the page");
    assert.equal((await fetchFrom(page, "/api/auth/token")).status, 401, "a token");
    await page.goto("/tasks");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await expectStill(page);
  });
  await check("no error on the console, no token in the browser's storage", async () => {
    profile.expectCalm();
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(stored, /eyJ|session_token/);
    assert.equal(await page.evaluate(() => document.cookie), "");
  });
  await profile.close();
}

const cookieOf = async (profile) => {
  const cookies = await profile.context.cookies();
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
};

async function expectFocus(page, title) {
  await page.waitForFunction((title) => document.activeElement?.textContent === title, title);
}
