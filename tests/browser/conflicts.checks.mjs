// Two tabs edit one task.

import { ada } from "./life.checks.mjs";
import { add, editor, expectTitles, list, openEditor, retitle, show, signIn } from "./task-page.mjs";
import { expectStill, openProfile, screenshot } from "./tabs.mjs";
import { expectAccessible } from "./accessible.mjs";

export async function checkConflicts({ browser, origin, kind, proof, checks }) {
  const profile = await openProfile(browser, origin, { allow: [/status of 412/] });
  const [first, second] = [await profile.newPage(), await profile.newPage()];
  const { check, need } = checks;
  const address = "/tasks?tag=shared";

  /** The first tab begins to edit, the second is faster. */
  async function clash(from, theirs, mine) {
    await openEditor(first, from);
    await second.goto(address);
    await retitle(second, from, theirs);
    await expectTitles(second, [theirs]);
    await second.getByText("High priority").or(list(second).getByRole("button", { name: theirs, exact: true })).first().waitFor();
    await second.waitForLoadState("networkidle");
    await editor(first, from).getByLabel("Title").fill(mine);
    await editor(first, from).getByRole("button", { name: "Save" }).click();
    await first.getByRole("dialog", { name: "This task was changed meanwhile" }).waitFor();
  }

  await need("a task is open in two tabs", async () => {
    await first.goto(`/sign-in?next=${encodeURIComponent(address)}`);
    await signIn(first, ada);
    await add(first, "Shared", { tags: "shared" });
  });
  await check("an edit of what was changed meanwhile shows both, and Reload takes the other", async () => {
    await clash("Shared", "From the second tab", "From the first tab");
    const dialog = first.getByRole("dialog");
    await dialog.getByRole("cell", { name: "From the second tab" }).waitFor();
    await dialog.getByRole("cell", { name: "From the first tab" }).waitFor();
    if (kind === "sqlite" && proof === "cookie") {
      await expectAccessible(first, "the conflict");
      for (const colorScheme of ["light", "dark"]) {
        await first.emulateMedia({ colorScheme });
        await screenshot(first, `conflict-${colorScheme}`);
      }
    }
    await dialog.getByRole("button", { name: "Reload" }).click();
    await expectTitles(first, ["From the second tab"]);
  });
  await check("Overwrite writes one's own over it", async () => {
    await clash("From the second tab", "Second again", "First wins");
    await first.getByRole("dialog").getByRole("button", { name: "Overwrite" }).click();
    await expectTitles(first, ["First wins"]);
    await first.waitForLoadState("networkidle");
    await second.reload();
    await expectTitles(second, ["First wins"]);
    await expectStill(second);
  });
  await check("an edit of what was deleted meanwhile says so", async () => {
    profile.allow(/status of 404/);
    await openEditor(first, "First wins");
    await list(second).getByRole("button", { name: "Delete “First wins”" }).click();
    await second.getByText("in the trash").waitFor();
    await editor(first, "First wins").getByLabel("Title").fill("Too late");
    await editor(first, "First wins").getByRole("button", { name: "Save" }).click();
    await first.getByText("was deleted elsewhere").waitFor();
    await expectTitles(first, []);
    await show(first, "All");
  });
  await check("no error on the console but those", () => profile.expectCalm());
  await profile.close();
}
