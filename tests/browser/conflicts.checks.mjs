// Checks edit conflicts between two tabs on one task.

import { featureTests } from "./features.mjs";
import { pressOn } from "./keyboard.mjs";
import { ada } from "./user-journey.checks.mjs";
import { actOnNotice, addTask, editor, expectTitles, list, openEditor, renameTask, signIn, waitForList } from "./task-page.mjs";
import { expectNoLayoutShift, openProfile, screenshot } from "./tabs.mjs";
import { expectAccessible } from "./accessible.mjs";

export async function checkConflicts(context) {
  const { browser, origin, kind, authMethod, checks } = context;
  const profile = await openProfile(browser, origin, { allow: [/status of 412/] });
  const [first, second] = [await profile.newPage(), await profile.newPage()];
  const { check, need } = checks;
  const test = featureTests(context, profile);
  const address = "/tasks?view=all&tag=shared";

  /** Opens the editor in the first tab, saves a change in the second tab, then saves in the first. */
  async function makeConflict(from, theirs, mine) {
    await openEditor(first, from);
    await second.goto(address);
    await renameTask(second, from, theirs);
    await expectTitles(second, [theirs]);
    await waitForList(second);
    await editor(first, from).getByLabel("Title").fill(mine);
    await editor(first, from).getByRole("button", { name: "Save" }).click();
    await first.getByRole("dialog", { name: "This task was changed meanwhile" }).waitFor();
  }

  await need("a task is open in two tabs", async () => {
    await signIn(first, ada, address);
    await addTask(first, "Shared");
  });
  await check("a conflicting edit shows both versions, and Reload keeps the stored version", async () => {
    await makeConflict("Shared", "From the second tab", "From the first tab");
    const dialog = first.getByRole("dialog");
    await dialog.getByRole("cell", { name: "From the second tab" }).waitFor();
    await dialog.getByRole("cell", { name: "From the first tab" }).waitFor();
    if (kind === "sqlite" && authMethod === "cookie") {
      await expectAccessible(first, "the conflict dialog");
      for (const colorScheme of ["light", "dark"]) {
        await first.emulateMedia({ colorScheme });
        await screenshot(first, `conflict-${colorScheme}`);
      }
    }
    await dialog.getByRole("button", { name: "Reload" }).click();
    await expectTitles(first, ["From the second tab"]);
  });
  await test("conflict", "mouse", "Overwrite replaces the stored version with the tab's own", async () => {
    await makeConflict("From the second tab", "Second again", "First wins");
    await first.getByRole("dialog").getByRole("button", { name: "Overwrite" }).click();
    await expectTitles(first, ["First wins"]);
    await waitForList(first);
    await second.reload();
    await expectTitles(second, ["First wins"]);
    await expectNoLayoutShift(second);
  });
  await need("the two tabs conflict again", () => makeConflict("First wins", "The other text", "The own text"));
  await test("conflict", "keyboard", "Keep both makes a second task of the tab's own text", async () => {
    await pressOn(first, first.getByRole("dialog").getByRole("button", { name: "Keep both" }));
    await expectTitles(first, ["The own text", "The other text"]);
  });
  await check("the second task is deleted", async () => {
    await list(first).getByRole("button", { name: "Delete “The own text”" }).click();
    await expectTitles(second, ["The other text"]);
  });
  await check("changes of different fields do not conflict", async () => {
    await openEditor(first, "The other text");
    await renameTask(second, "The other text", "First wins");
    await waitForList(second);
    await editor(first, "The other text").getByLabel("Priority").selectOption("high");
    await editor(first, "The other text").getByRole("button", { name: "Save" }).click();
    await expectTitles(first, ["First wins"]);
    await list(second).getByText("High priority").waitFor();
  });
  await check("an edit of a deleted task reports the deletion", async () => {
    profile.allow(/status of 404/);
    await openEditor(first, "First wins");
    await list(second).getByRole("button", { name: "Delete “First wins”" }).click();
    await second.getByText("“First wins” is in the trash").waitFor();
    await waitForList(second);
    await editor(first, "First wins").getByLabel("Title").fill("Too late");
    await editor(first, "First wins").getByRole("button", { name: "Save" }).click();
    await first.getByText("was deleted elsewhere").waitFor();
    await expectTitles(first, []);
    await actOnNotice(first, "Keep as a new task");
    await expectTitles(first, ["Too late"]);
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
