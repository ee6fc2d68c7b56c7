// Checks each feature of the page of tasks once by mouse and once by keyboard. The clock of the page starts at a Sunday.

import assert from "node:assert/strict";

import { featureTests } from "./features.mjs";
import { choose, press, pressNotice, pressOn, tabTo, typeDate, typeInto } from "./keyboard.mjs";
import { checkSelection, checkTrash, checkViews } from "./list-features.checks.mjs";
import { actOnNotice, addTask, checkbox, editor, notice, openEditor, signUp, stored, titleButton } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

const NOW = "2026-11-29T10:00:00";

export const dora = { name: "Dora", email: "dora@example.com" };

export async function checkFeatures(context) {
  const { browser, origin, checks } = context;
  const profile = await openProfile(browser, origin, { timezoneId: "Europe/Vienna" });
  const page = await profile.newPage();
  await checks.need("a new user signs up", async () => {
    await page.clock.install({ time: new Date(`${NOW}+01:00`) });
    await signUp(page, dora);
  });
  page.on("dialog", (dialog) => dialog.accept());
  const tools = { page, test: featureTests(context, profile), facts: (title) => page.getByRole("list", { name: `About “${title}”` }) };
  await checkEditing(tools);
  await checkDates(tools);
  await checkRepetition(tools);
  await checkReminders(tools);
  await checkViews(tools);
  await checkSelection(tools);
  await checkTrash(tools);
  await checks.check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();
}

const line = (page) => page.getByLabel("What is to be done?");

/** Opens the form of a task, calls `change` with it, and saves, all by keyboard. */
async function editByKeyboard(page, title, change) {
  await pressOn(page, titleButton(page, title));
  await change(editor(page, title));
  await press(page, "Control+Enter");
  await stored(page, title).waitFor();
}

async function editByMouse(page, title, change) {
  await openEditor(page, title);
  await change(editor(page, title));
  await editor(page, title).getByRole("button", { name: "Save" }).click();
  await stored(page, title).waitFor();
}

async function checkEditing({ page, test, facts }) {
  await test("quick add", "keyboard", "the line is understood, shown and added", async () => {
    await press(page, "q");
    await page.keyboard.type("pay rent tomorrow 9am #home !high every month");
    const form = page.getByRole("form", { name: "New task" });
    for (const text of ["Tomorrow, 09:00", "every month", "high priority", "home"]) await form.getByText(text, { exact: true }).waitFor();
    await press(page, "Enter");
    await stored(page, "pay rent").waitFor();
    for (const text of ["Tomorrow, 09:00", "Repeats every month", "High priority", "#home"]) await facts("pay rent").getByText(text).waitFor();
    assert.equal(await facts("pay rent").locator("time").getAttribute("datetime"), "2026-11-30T08:00:00Z");
  });
  await test("quick add", "mouse", "the button adds the task", async () => {
    await line(page).fill("Plan the trip");
    await page.getByRole("button", { name: "Add" }).click();
    await stored(page, "Plan the trip").waitFor();
  });
  await test("quick add: keep a part in the title", "mouse", "the part is not taken for a date", async () => {
    await line(page).fill("Read the Sunday paper");
    await page.getByRole("button", { name: "Keep “Sunday” in the title" }).click();
    await page.getByRole("button", { name: "Add" }).click();
    await stored(page, "Read the Sunday paper").waitFor();
  });
  await test("quick add: keep a part in the title", "keyboard", "the part is not taken for a date", async () => {
    await typeInto(page, line(page), "Watch Friday");
    await pressOn(page, page.getByRole("button", { name: "Keep “Friday” in the title" }));
    await tabTo(page, line(page), "Shift+Tab");
    await press(page, "Enter");
    await stored(page, "Watch Friday").waitFor();
  });
  await test("details of a new task", "mouse", "the form has what the line says", async () => {
    await line(page).fill("With details #trip");
    await page.getByRole("button", { name: "Details", exact: true }).click();
    await page.getByLabel("Description").fill("By train");
    await page.getByRole("button", { name: "Save" }).click();
    await stored(page, "With details").getByText("By train").waitFor();
  });
  await test("details of a new task", "keyboard", "the form has what the line says", async () => {
    await typeInto(page, line(page), "More details #trip");
    await pressOn(page, page.getByRole("button", { name: "Details", exact: true }));
    await typeInto(page, page.getByLabel("Description"), "By boat");
    await press(page, "Control+Enter");
    await stored(page, "More details").getByText("By boat").waitFor();
  });
  await test("edit", "mouse", "a title", () => editByMouse(page, "With details", (form) => form.getByLabel("Description").fill("By bus")));
  await test("edit", "keyboard", "a description", () =>
    editByKeyboard(page, "More details", (form) => typeInto(page, form.getByLabel("Description"), "By ship")),
  );
  await test("complete and undo", "mouse", "the task is open again", async () => {
    await checkbox(page, "Watch Friday").click();
    await actOnNotice(page, "Undo");
    await stored(page, "Watch Friday").waitFor();
  });
  await test("complete and undo", "keyboard", "the task is open again", async () => {
    await pressOn(page, checkbox(page, "More details"), "Space");
    await checkbox(page, "More details").waitFor({ state: "detached" });
    await pressNotice(page, "Undo");
    await stored(page, "More details").waitFor();
  });
}

async function checkDates({ page, test, facts }) {
  await test("due date", "mouse", "a day of the calendar", async () => {
    await editByMouse(page, "Read the Sunday paper", async (form) => {
      await form.getByLabel("Due").click();
      await page.getByRole("button", { name: /^1 December 2026/ }).click();
    });
    await facts("Read the Sunday paper").getByText("Tuesday").waitFor();
  });
  await test("due time", "mouse", "a time of the browser's time zone", async () => {
    await editByMouse(page, "Read the Sunday paper", async (form) => {
      await form.getByLabel("Due").click();
      await page.getByLabel("Time", { exact: true }).click();
      await page.getByLabel("Time", { exact: true }).fill("18:30");
      await press(page, "Escape");
    });
    await facts("Read the Sunday paper").getByText("Tuesday, 18:30").waitFor();
    assert.equal(await facts("Read the Sunday paper").locator("time").getAttribute("datetime"), "2026-12-01T17:30:00Z");
  });
  await test("due date", "keyboard", "a day of the calendar", async () => {
    await editByKeyboard(page, "Plan the trip", async (form) => {
      await pressOn(page, form.getByLabel("Due"));
      await page.locator("[role=grid] :focus").waitFor();
      for (const day of ["30", "1"]) {
        await press(page, "ArrowRight");
        await page.locator("[role=grid] button:focus", { hasText: day }).waitFor();
      }
      await press(page, "Enter");
      await page.locator("#task-due_date:focus").waitFor();
    });
    await facts("Plan the trip").getByText("Tuesday").waitFor();
  });
  await test("due time", "keyboard", "a time of the browser's time zone", async () => {
    await editByKeyboard(page, "Plan the trip", async (form) => {
      await pressOn(page, form.getByLabel("Due"));
      await page.locator("[role=grid] :focus").waitFor();
      await typeDate(page, page.getByLabel("Time", { exact: true }), "0730AM");
      await press(page, "Escape");
      await page.locator("#task-due_date:focus").waitFor();
    });
    await facts("Plan the trip").getByText("Tuesday, 07:30").waitFor();
  });
}

async function checkRepetition({ page, test, facts }) {
  const words = "Repeats every 2 weeks on Mon, Fri until 31 Mar 2027 after completion";
  await test("custom repetition", "mouse", "on weekdays, until a day, from the completion, with its words", async () => {
    await editByMouse(page, "Plan the trip", async (form) => {
      await form.getByLabel("Repeat").selectOption("custom");
      await form.getByRole("button", { name: "Mon" }).click();
      await form.getByRole("button", { name: "Fri" }).click();
      await form.getByLabel("Interval").fill("2");
      await form.getByLabel("until").fill("2027-03-31");
      await form.getByRole("checkbox", { name: "Count from the completion" }).click();
      await form.getByText(`${words}.`).waitFor();
    });
    await facts("Plan the trip").getByText(words).waitFor();
  });
  await test("custom repetition", "keyboard", "on weekdays, until a day, from the completion, with its words", async () => {
    await editByKeyboard(page, "Watch Friday", async (form) => {
      await choose(page, form.getByLabel("Repeat"), "Custom");
      await typeInto(page, form.getByLabel("Interval"), "2");
      await typeDate(page, form.getByLabel("until"), "03312027");
      await pressOn(page, form.getByRole("button", { name: "Mon" }));
      await pressOn(page, form.getByRole("button", { name: "Fri" }));
      await pressOn(page, form.getByRole("checkbox", { name: "Count from the completion" }), "Space");
      await form.getByText(`${words}.`).waitFor();
    });
    await facts("Watch Friday").getByText(words).waitFor();
  });
  await test("preset repetition", "keyboard", "changed and removed", async () => {
    await editByKeyboard(page, "Plan the trip", (form) => choose(page, form.getByLabel("Repeat"), "Every d"));
    await facts("Plan the trip").getByText("Repeats every day after completion").waitFor();
    await editByKeyboard(page, "Plan the trip", (form) => choose(page, form.getByLabel("Repeat"), "Does"));
    await facts("Plan the trip").getByText("Repeats").waitFor({ state: "detached" });
  });
  await test("preset repetition", "mouse", "set; completing the task makes the next one", async () => {
    await addTask(page, "Water the plants", { due: "today" });
    await editByMouse(page, "Water the plants", (form) => form.getByLabel("Repeat").selectOption("Every day"));
    await checkbox(page, "Water the plants").click();
    await facts("Water the plants").getByText("Tomorrow").waitFor();
    await stored(page, "Water the plants").first().waitFor();
  });
}

/** The notifications are those of the browser. The page asks for the permission; the test grants it. */
async function checkReminders({ page, test, facts }) {
  await page.exposeBinding("grantNotifications", ({ context }) => context.grantPermissions(["notifications"]));
  await page.evaluate(() => {
    window.shown = [];
    window.requests = 0;
    const { requestPermission } = Notification;
    Notification.requestPermission = async () => {
      window.requests += 1;
      await window.grantNotifications();
      return requestPermission.call(Notification);
    };
    window.Notification = class extends Notification {
      constructor(title, options) {
        super(title, options);
        this.addEventListener("show", () => window.shown.push({ title: this.title, silent: this.silent }));
      }
    };
  });
  await test("reminder before the due date", "mouse", "asks for the permission, shows its words, and fires in the open page without a sound", async () => {
    assert.equal(await page.evaluate(() => Notification.permission), "default");
    await editByMouse(page, "pay rent", (form) => form.getByLabel("Reminder").selectOption("1 hour before"));
    await facts("pay rent").getByText("Reminder: Tomorrow, 08:00").waitFor();
    await page.waitForFunction(() => Notification.permission === "granted");
    assert.equal(await page.evaluate(() => window.requests), 1, "asked with the first reminder");
    await page.clock.fastForward("22:00:00");
    await page.clock.fastForward("00:00:30");
    await notice(page, "Reminder: pay rent").waitFor();
    await page.waitForFunction(() => window.shown.length > 0);
    assert.deepEqual(await page.evaluate(() => window.shown), [{ title: "pay rent", silent: true }]);
    await page.getByRole("button", { name: "Close toast" }).first().click();
  });
  await test("reminder before the due date", "keyboard", "is changed", async () => {
    await editByKeyboard(page, "pay rent", (form) => choose(page, form.getByLabel("Reminder"), "30"));
    await facts("pay rent").getByText("Reminder: Today, 08:30").waitFor();
  });
  await test("reminder at a time", "keyboard", "is set", async () => {
    await editByKeyboard(page, "pay rent", async (form) => {
      await choose(page, form.getByLabel("Reminder"), "At a time");
      await typeDate(page, form.getByLabel("Time of the reminder"), "122420260700AM");
    });
    await facts("pay rent").getByText("Reminder: 24 Dec 2026, 07:00").waitFor();
  });
  await test("reminder at a time", "mouse", "is set", async () => {
    await editByMouse(page, "pay rent", (form) => form.getByLabel("Time of the reminder").fill("2026-12-23T06:00"));
    await facts("pay rent").getByText("Reminder: 23 Dec 2026, 06:00").waitFor();
    assert.equal(await page.evaluate(() => window.requests), 1, "not asked again");
  });
}
