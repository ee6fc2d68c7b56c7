// Checks the features of the list by mouse and by keyboard: views, filters, selection, trash. The group is checkFeatures.

import assert from "node:assert/strict";

import { choose, press, pressItem, pressNotice, pressOn, tabTo, typeInto } from "./keyboard.mjs";
import { actOnNotice, addTask, all, expectTitles, list, notice, showFinished, showView, stored, titleButton, waitForList } from "./task-page.mjs";

/** Waits until all notices have gone. */
async function noticesGone(page) {
  await page.clock.fastForward("00:10");
  await page.waitForFunction(() => document.querySelector("[data-sonner-toast]") === null);
}

export async function checkViews({ page, test, facts }) {
  const views = page.getByRole("navigation", { name: "Views" });
  const heading = (name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  await test("views", "mouse", "each has its address", async () => {
    for (const view of ["Upcoming", "Done", "Trash", "Today", "All"]) {
      await showView(page, view);
      await heading(view);
      assert.equal(new URL(page.url()).searchParams.get("view") ?? "today", view.toLowerCase());
    }
  });
  await test("views", "keyboard", "by Tab and by shortcuts", async () => {
    await pressOn(page, views.getByRole("link", { name: /^Upcoming/ }));
    await heading("Upcoming");
    for (const [key, view] of Object.entries({ d: "Done", r: "Trash", t: "Today", u: "Upcoming", a: "All" })) {
      await press(page, "g", key);
      await heading(view);
    }
  });
  await test("finished tasks", "mouse", "are collapsed below the open ones", async () => {
    await showFinished(page);
    await page.locator(".task.done").getByText("Water the plants").waitFor();
    await showFinished(page);
    await page.locator(".task.done").waitFor({ state: "detached" });
  });
  await test("finished tasks", "keyboard", "are collapsed below the open ones", async () => {
    await pressOn(page, page.locator("summary", { hasText: "Finished" }));
    await page.locator(".task.done").getByText("Water the plants").waitFor();
    await press(page, "Enter");
    await page.locator(".task.done").waitFor({ state: "detached" });
  });
  const search = page.getByLabel("Search");
  await test("search", "mouse", "in titles and descriptions", async () => {
    await search.click();
    await page.keyboard.type("by ship");
    await expectTitles(page, ["More details"]);
    await search.fill("");
  });
  await test("search", "keyboard", "in titles and descriptions", async () => {
    await tabTo(page, titleButton(page, "pay rent"));
    await press(page, "/");
    await page.keyboard.type("by bus");
    await expectTitles(page, ["With details"]);
    await typeInto(page, search, "");
    await press(page, "Delete");
  });
  const filter = page.getByRole("button", { name: "Filter", exact: true });
  const filters = page.getByRole("dialog", { name: "Filters" });
  const chip = (name) => page.getByRole("button", { name: `Remove the filter ${name}` });
  await test("filter by tag", "mouse", "by the tag of a task, and removed", async () => {
    await list(page).getByRole("button", { name: "home", exact: true }).click();
    await expectTitles(page, ["pay rent"]);
    await chip("#home").click();
  });
  await test("filter by tag", "keyboard", "by the popover, and removed", async () => {
    await pressOn(page, filter);
    await typeInto(page, filters.getByLabel("Tag"), "home");
    await press(page, "Escape");
    await expectTitles(page, ["pay rent"]);
    await pressOn(page, chip("#home"));
  });
  await test("filter by priority", "mouse", "and removed", async () => {
    await filter.click();
    await filters.getByLabel("Priority").selectOption("high");
    await press(page, "Escape");
    await expectTitles(page, ["pay rent"]);
    await chip("Priority high").click();
  });
  await test("filter by priority", "keyboard", "and removed", async () => {
    await pressOn(page, filter);
    await choose(page, filters.getByLabel("Priority"), "Priority h");
    await press(page, "Escape");
    await expectTitles(page, ["pay rent"]);
    await pressOn(page, chip("Priority high"));
  });
  const byTitle = ["More details", "pay rent", "Plan the trip", "Read the Sunday paper", "Watch Friday", "Water the plants", "With details"];
  await test("sort", "mouse", "by title, and as before", async () => {
    await filter.click();
    await filters.getByLabel("Sort by").selectOption("title");
    await press(page, "Escape");
    await expectTitles(page, byTitle);
    await chip("By title").click();
  });
  await test("sort", "keyboard", "by title, and as before", async () => {
    await pressOn(page, filter);
    await choose(page, filters.getByLabel("Sort by"), "Title");
    await press(page, "Escape");
    await expectTitles(page, byTitle);
    await pressOn(page, chip("By title"));
    await facts("pay rent").waitFor();
  });
}

export async function checkSelection({ page, test, facts }) {
  const titles = ["Bulk one", "Bulk two", "Bulk three"];
  await test("bulk select", "mouse", "the priority of all is changed", async () => {
    for (const title of titles) await addTask(page, title, { tags: "bulk" });
    await page.goto(`${all}&tag=bulk`);
    await waitForList(page);
    await page.getByRole("button", { name: "Select tasks" }).click();
    await page.getByRole("button", { name: "Select all" }).click();
    await page.getByText("3 selected").waitFor();
    await page.getByLabel("Priority of the selected tasks").selectOption("high");
    for (const title of titles) await facts(title).getByText("High priority").waitFor();
    await waitForList(page);
  });
  await test("bulk select", "keyboard", "two tasks are completed", async () => {
    await press(page, "x");
    for (const title of ["Bulk two", "Bulk one"]) await pressOn(page, list(page).getByRole("checkbox", { name: `Select “${title}”` }), "Space");
    await pressOn(page, page.getByRole("button", { name: "Complete" }));
    await expectTitles(page, ["Bulk three"]);
    await page.getByText("Finished (2)").waitFor();
    await waitForList(page);
  });
}

export async function checkTrash({ page, test }) {
  const remove = (title) => list(page).getByRole("button", { name: `Delete “${title}”` });
  const restore = (title) => list(page).getByRole("button", { name: `Restore “${title}”` });
  const purge = (title) => list(page).getByRole("button", { name: `Delete “${title}” for ever` });
  const isEmpty = () => page.getByText("No task fits.").waitFor();
  await test("delete and undo", "mouse", "the task is back", async () => {
    await remove("Bulk three").click();
    await actOnNotice(page, "Undo");
    await stored(page, "Bulk three").waitFor();
    // the notices stay as long as the mouse is on them, and a list of several notices stays open after Alt+T
    await page.mouse.move(1, 1);
    await noticesGone(page);
  });
  await test("delete and undo", "keyboard", "the task is back; the notice does not take the focus when it goes away", async () => {
    await tabTo(page, titleButton(page, "Bulk three"));
    await press(page, "Delete");
    await titleButton(page, "Bulk three").waitFor({ state: "detached" });
    await pressNotice(page, "Undo");
    await stored(page, "Bulk three").waitFor();
    await pressOn(page, page.getByRole("button", { name: "More" }));
    await noticesGone(page);
    await page.locator("[role=menu]:focus-within").waitFor();
    await press(page, "Escape");
  });
  await test("restore", "mouse", "from the trash", async () => {
    await remove("Bulk three").click();
    await showView(page, "Trash");
    await restore("Bulk three").click();
    await isEmpty();
    await showView(page, "All");
    await stored(page, "Bulk three").waitFor();
  });
  await test("restore", "keyboard", "from the trash", async () => {
    await pressOn(page, remove("Bulk three"));
    await press(page, "g", "r");
    await pressOn(page, restore("Bulk three"));
    await isEmpty();
    await press(page, "g", "a");
    await stored(page, "Bulk three").waitFor();
  });
  await test("delete for ever", "mouse", "one task of the trash", async () => {
    await showFinished(page);
    await remove("Bulk one").click();
    await remove("Bulk two").click();
    await remove("Bulk three").click();
    await showView(page, "Trash");
    await purge("Bulk one").click();
    await expectTitles(page, ["Bulk three", "Bulk two"]);
  });
  await test("delete for ever", "keyboard", "one task of the trash", async () => {
    await pressOn(page, purge("Bulk two"));
    await expectTitles(page, ["Bulk three"]);
  });
  await test("empty trash", "keyboard", "also after a reload", async () => {
    await pressItem(page, "More", "Empty trash");
    await isEmpty();
    await waitForList(page);
    await page.reload();
    await waitForList(page);
    await expectTitles(page, []);
  });
  await test("empty trash", "mouse", "also after a reload", async () => {
    await page.goto(`${all}&tag=trip`);
    await remove("With details").click();
    await notice(page, "in the trash").waitFor();
    await waitForList(page);
    await page.goto("/tasks?view=trash");
    await expectTitles(page, ["With details"]);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Empty trash" }).click();
    await page.getByText("The trash is empty.").waitFor();
    await waitForList(page);
    await page.reload();
    await waitForList(page);
    await expectTitles(page, []);
  });
}
