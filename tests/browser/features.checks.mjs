// Checks each feature of the page of tasks once by mouse and once by keyboard.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { temporaryDirectory } from "../better-auth/processes.mjs";
import { actOnNotice, addTask, all, checkbox, chooseFromMenu, editor, expectTitles, list, notice, openEditor } from "./task-page.mjs";
import { showFinished, showView, signIn, signUp, stored, waitForList } from "./task-page.mjs";
import { openProfile, TIMEOUT } from "./tabs.mjs";

/** A Sunday. The page's clock starts here. */
const NOW = "2026-11-29T10:00:00";

export async function checkFeatures({ browser, origin, checks }) {
  const { check, need } = checks;
  const options = { timezoneId: "Europe/Vienna", permissions: ["notifications"] };
  let profile = await openProfile(browser, origin, options);
  let page = await profile.newPage();
  const line = page.getByLabel("What is to be done?");
  const facts = (title) => page.getByRole("list", { name: `About “${title}”` });
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Opens a menu and moves to an item, by keyboard. */
  const moveToItem = async (button, item) => {
    await page.getByRole("button", { name: button }).focus();
    await press("Enter");
    const target = page.getByRole("menuitem", { name: item }).or(page.getByRole("menuitemradio", { name: item }));
    // The menu takes the focus after it opens, and only then keeps it on the item.
    for (const deadline = Date.now() + TIMEOUT; Date.now() < deadline; ) {
      await target.focus();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      if (await target.evaluate((element) => element === document.activeElement)) return;
    }
  };

  await need("a new user signs up", async () => {
    await page.clock.install({ time: new Date(`${NOW}+01:00`) });
    await signUp(page, { name: "Dora", email: "dora@example.com" });
  });

  await check("quick add, by keyboard: the line is understood, shown and added", async () => {
    await press("q");
    await page.keyboard.type("pay rent tomorrow 9am #home !high every month");
    const form = page.getByRole("form", { name: "New task" });
    for (const text of ["Tomorrow, 09:00", "every month", "high priority", "home"]) await form.getByText(text, { exact: true }).waitFor();
    await press("Enter");
    await stored(page, "pay rent").waitFor();
    for (const text of ["Tomorrow, 09:00", "Repeats every month", "High priority", "#home"]) await facts("pay rent").getByText(text).waitFor();
    assert.equal(await facts("pay rent").locator("time").getAttribute("datetime"), "2026-11-30T08:00:00Z");
  });
  await check("quick add, by mouse: a part that is not meant goes back into the title", async () => {
    await line.fill("Read the Sunday paper");
    await page.getByRole("button", { name: "Keep “Sunday” in the title" }).click();
    await page.getByRole("button", { name: "Add" }).click();
    await stored(page, "Read the Sunday paper").waitFor();
  });

  await check("a due date with a time, by mouse", async () => {
    await openEditor(page, "Read the Sunday paper");
    const form = editor(page, "Read the Sunday paper");
    await form.getByLabel("Due").click();
    await page.getByRole("button", { name: /^1 December 2026/ }).click();
    await form.getByLabel("Due").click();
    await page.getByLabel("Time", { exact: true }).fill("18:30");
    await press("Escape");
    await form.getByRole("button", { name: "Save" }).click();
    await facts("Read the Sunday paper").getByText("Tuesday, 18:30").waitFor();
  });
  await check("a due date without a time, by keyboard", async () => {
    await addTask(page, "Plan the trip");
    await list(page).getByRole("button", { name: "Plan the trip", exact: true }).focus();
    await press("Enter");
    await editor(page, "Plan the trip").getByLabel("Due").focus();
    await press("Enter");
    await page.getByRole("grid").waitFor();
    await page.locator("[role=grid] :focus").waitFor();
    for (const day of ["30", "1"]) {
      await press("ArrowRight");
      await page.locator("[role=grid] button:focus", { hasText: day }).waitFor();
    }
    await press("Enter");
    await page.locator("#task-due_date:focus").waitFor();
    await editor(page, "Plan the trip").getByLabel("Title").focus();
    await press("Enter");
    await facts("Plan the trip").getByText("Tuesday", { exact: false }).waitFor();
    await stored(page, "Plan the trip").waitFor();
  });

  await check("a repetition on weekdays until a day, by mouse, and its words", async () => {
    await openEditor(page, "Plan the trip");
    const form = editor(page, "Plan the trip");
    await form.getByLabel("Repeat").selectOption("custom");
    await form.getByRole("button", { name: "Mon" }).click();
    await form.getByRole("button", { name: "Fri" }).click();
    await form.getByLabel("Interval").fill("2");
    await form.getByLabel("until").fill("2027-03-31");
    await form.getByRole("checkbox", { name: "Count from the completion" }).click();
    await form.getByText("Repeats every 2 weeks on Mon, Fri until 31 Mar 2027 after completion.").waitFor();
    await form.getByRole("button", { name: "Save" }).click();
    await facts("Plan the trip").getByText("Repeats every 2 weeks on Mon, Fri until 31 Mar 2027 after completion").waitFor();
    await stored(page, "Plan the trip").waitFor();
  });
  await check("a repetition is changed and removed, by keyboard", async () => {
    const choose = async (name) => {
      await list(page).getByRole("button", { name: "Plan the trip", exact: true }).focus();
      await press("Enter");
      await editor(page, "Plan the trip").getByLabel("Repeat").focus();
      await page.keyboard.type(name);
      await press("Control+Enter");
    };
    await choose("Every d");
    await facts("Plan the trip").getByText("Repeats every day after completion").waitFor();
    await choose("Does");
    await facts("Plan the trip").getByText("Repeats").waitFor({ state: "detached" });
  });
  await check("completing a repeating task makes the next one", async () => {
    await addTask(page, "Water the plants", { due: "today every 3 days" });
    await checkbox(page, "Water the plants").click();
    await list(page).getByText("Wednesday").waitFor();
    await stored(page, "Water the plants").first().waitFor();
  });

  await check("a reminder is set by mouse, shown in words, and fires in the open page without a sound", async () => {
    await page.evaluate(() => {
      window.shown = [];
      window.Notification = Object.assign(
        function (title, options) {
          window.shown.push({ title, silent: options.silent });
        },
        { permission: "default", requestPermission: async () => (window.Notification.permission = "granted") },
      );
    });
    await openEditor(page, "pay rent");
    await editor(page, "pay rent").getByLabel("Reminder").selectOption("1 hour before");
    await editor(page, "pay rent").getByRole("button", { name: "Save" }).click();
    await facts("pay rent").getByText("Reminder: Tomorrow, 08:00").waitFor();
    assert.equal(await page.evaluate(() => window.Notification.permission), "granted", "asked with the first reminder");
    await stored(page, "pay rent").waitFor();
    await page.clock.fastForward("22:00:00");
    await page.clock.fastForward("00:00:30");
    await notice(page, "Reminder: pay rent").waitFor();
    assert.deepEqual(await page.evaluate(() => window.shown), [{ title: "pay rent", silent: true }]);
    await page.getByRole("button", { name: "Close toast" }).first().click();
  });
  await check("a reminder at a time is set by keyboard", async () => {
    await list(page).getByRole("button", { name: "pay rent", exact: true }).focus();
    await press("Enter");
    await editor(page, "pay rent").getByLabel("Reminder").focus();
    await page.keyboard.type("At a time");
    await editor(page, "pay rent").getByLabel("Time of the reminder").fill("2026-12-24T07:00");
    await press("Enter");
    await facts("pay rent").getByText("Reminder: 24 Dec 2026, 07:00").waitFor();
  });

  await check("several tasks are changed at once, by mouse", async () => {
    for (const title of ["Bulk one", "Bulk two", "Bulk three"]) await addTask(page, title, { tags: "bulk" });
    await page.goto(`${all}&tag=bulk`);
    await waitForList(page);
    await page.getByRole("button", { name: "Select tasks" }).click();
    await page.getByRole("button", { name: "Select all" }).click();
    await page.getByText("3 selected").waitFor();
    await page.getByLabel("Priority of the selected tasks").selectOption("high");
    for (const title of ["Bulk one", "Bulk two", "Bulk three"]) await facts(title).getByText("High priority").waitFor();
    await waitForList(page);
  });
  await check("several tasks are completed at once, by keyboard", async () => {
    await press("x");
    await list(page).getByRole("checkbox", { name: "Select “Bulk one”" }).focus();
    await press("Space");
    await list(page).getByRole("checkbox", { name: "Select “Bulk two”" }).focus();
    await press("Space");
    await page.getByRole("button", { name: "Complete" }).focus();
    await press("Enter");
    await expectTitles(page, ["Bulk three"]);
    await page.getByText("Finished (2)").waitFor();
    await waitForList(page);
  });

  await check("a task is deleted for ever, by mouse; the trash is emptied by keyboard", async () => {
    page.on("dialog", (dialog) => dialog.accept());
    await showFinished(page);
    for (const title of ["Bulk one", "Bulk two", "Bulk three"]) await list(page).getByRole("button", { name: `Delete “${title}”` }).click();
    await showView(page, "Trash");
    await list(page).getByRole("button", { name: "Delete “Bulk one” for ever" }).click();
    await expectTitles(page, ["Bulk three", "Bulk two"]);
    await moveToItem("More", "Empty trash");
    await press("Enter");
    await page.getByText("The trash is empty.").or(page.getByText("No task fits.")).waitFor();
    await waitForList(page);
    await page.reload();
    await waitForList(page);
    await expectTitles(page, []);
  });

  await check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();

  // The other checks need the browser's own clock.
  profile = await openProfile(browser, origin, options);
  page = await profile.newPage();
  const folder = temporaryDirectory("task-api-files-");
  await check("all tasks are exported, by keyboard", async () => {
    await signIn(page, { email: "dora@example.com" }, all);
    await moveToItem("More", "Export as JSON");
    const [download] = await Promise.all([page.waitForEvent("download"), press("Enter")]);
    assert.equal(download.suggestedFilename(), "tasks.json");
    await download.saveAs(join(folder, "tasks.json"));
    const exported = JSON.parse(readFileSync(join(folder, "tasks.json"), "utf8"));
    assert.ok(exported.some(({ title, uid }) => title === "pay rent" && uid));
  });
  await check("a dropped file is imported, with a report of what was rejected", async () => {
    const tasks = [{ title: "From a file", tags: ["file"] }, { title: "" }, { title: "Wrong date", due_date: "soon" }];
    const transfer = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "mine.json", { type: "application/json" }));
      return transfer;
    }, JSON.stringify(tasks));
    await page.dispatchEvent("main", "dragover", { dataTransfer: transfer });
    await page.getByText("Drop a JSON or iCalendar file").waitFor();
    await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
    const report = page.getByRole("dialog", { name: "Imported “mine.json”" });
    await report.getByText("1 added, 0 changed, 0 already there, 2 rejected.").waitFor();
    await report.getByText("Wrong date").waitFor();
    await press("Escape");
    // The focus returns to the button that had it before.
    await page.locator("button[aria-label=More]:focus").waitFor();
    await checkbox(page, "From a file").waitFor();
  });
  await check("a file is imported by keyboard", async () => {
    writeFileSync(join(folder, "again.json"), JSON.stringify([{ uid: "a-1", title: "From the menu" }]));
    let chooser;
    // Sometimes the first press opens no chooser. The cause is not known. A user would press again.
    for (let attempt = 0; !chooser && attempt < 5; attempt += 1) {
      await moveToItem("More", "Import a file…");
      [chooser] = await Promise.all([page.waitForEvent("filechooser", { timeout: 2_000 }).catch(() => null), press("Enter")]);
    }
    await chooser.setFiles(join(folder, "again.json"));
    await page.getByText("1 added, 0 changed").waitFor();
    await press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await checkbox(page, "From the menu").waitFor();
  });

  await check("the shortcuts have a sheet, move between tasks and views, complete and delete", async () => {
    await page.evaluate(() => document.activeElement.blur());
    await press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await press("Escape");
    await press("j", "j", "k", "e");
    await notice(page, "is done").waitFor();
    await actOnNotice(page, "Undo");
    await press("g", "u");
    await page.getByRole("heading", { name: "Upcoming" }).waitFor();
    await press("g", "t");
    await page.getByRole("heading", { name: "Today" }).waitFor();
    await press("g", "a");
    await checkbox(page, "From the menu").waitFor();
    await press("/");
    await page.keyboard.type("from the");
    await expectTitles(page, ["From the menu"]);
    await list(page).getByRole("button", { name: "From the menu", exact: true }).focus();
    await press("Delete");
    await notice(page, "“From the menu” is in the trash").waitFor();
    await waitForList(page);
  });
  await check("dark is chosen by mouse and kept over a reload; light by keyboard", async () => {
    const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    await chooseFromMenu(page, "Dark");
    await page.locator("html.dark").waitFor();
    await page.reload();
    assert.equal(await scheme(), "dark");
    await waitForList(page);
    await moveToItem(/^Menu of/, "Light");
    await press("Enter");
    await page.locator("html.light").waitFor();
    assert.equal(await scheme(), "light");
  });
  await check("the statistics count the tasks", async () => {
    await chooseFromMenu(page, "Statistics");
    await page.getByText("Done in the last 30 days").waitFor();
    await page.getByRole("link", { name: "#file" }).click();
    await expectTitles(page, ["From a file"]);
  });
  await checkAccount(profile, page, check);
  await check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();
}

/** Changes the password by mouse, and deletes the account by keyboard. */
async function checkAccount(profile, page, check) {
  await check("the password is changed, and the old one is rejected", async () => {
    profile.allow(/status of (400|401)/);
    await chooseFromMenu(page, "Account");
    await page.getByLabel("Current password").fill("not the password");
    await page.getByLabel("New password").fill("another battery staple");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByRole("alert").getByText(/password/i).waitFor();
    await page.getByLabel("Current password").fill("correct horse battery staple");
    await page.getByRole("button", { name: "Change the password" }).click();
    await notice(page, "The password is changed").waitFor();
  });
  await check("all tasks are exported from the account page", async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "iCalendar" }).click()]);
    assert.equal(download.suggestedFilename(), "tasks.ics");
  });
  await check("the account is deleted with its tasks, by keyboard", async () => {
    await page.getByLabel("Your password").focus();
    await page.keyboard.type("another battery staple");
    await page.getByRole("checkbox", { name: "I want to delete my account" }).focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Delete the account" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sign up" }).waitFor();
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill("dora@example.com");
    await page.getByLabel(/Password/).fill("another battery staple");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText(/./).waitFor();
  });
}
