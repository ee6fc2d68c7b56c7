// Checks that a change in one window shows in another window within a second.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { addTask, checkbox, expectTitles, list, renameTask, showFinished, signIn, waitForList } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

/** The longest time until a change shows in the other window, in ms. */
const LIVE = 1_000;

export async function checkWindows({ browser, origin, checks }) {
  const { check, need } = checks;
  const profile = await openProfile(browser, origin, { allow: [/status of 50/, /net::ERR_/] });
  const [first, second] = [await profile.newPage(), await profile.newPage()];
  const address = "/tasks?view=all&tag=windows";

  await need("two windows show the same list", async () => {
    await signIn(first, ada, address);
    const streaming = second.waitForResponse((response) => /\/tasks\/events/.test(response.url()));
    await second.goto(address);
    await waitForList(second);
    await streaming;
  });
  await check("a new, a changed, a completed and a deleted task show in the other window within a second", async () => {
    await addTask(first, "Live");
    await checkbox(second, "Live").waitFor({ timeout: LIVE });
    await renameTask(first, "Live", "Alive");
    await checkbox(second, "Alive").waitFor({ timeout: LIVE });
    await checkbox(second, "Alive").click();
    await first.getByText("Finished (1)").waitFor({ timeout: LIVE });
    await showFinished(first);
    await showFinished(second);
    await list(first).getByRole("button", { name: "Delete “Alive”" }).click();
    await checkbox(second, "Alive").waitFor({ state: "detached", timeout: LIVE });
  });
  await check("a window that was offline shows what it missed, once", async () => {
    await addTask(first, "Stays");
    await expectTitles(second, ["Stays"]);
    const missed = [];
    second.on("request", (request) => /\/tasks\/changes/.test(request.url()) && missed.push(new URL(request.url())));
    // Without network for one window: its stream ends and it cannot reconnect.
    await second.route(/\/api\/[^/]+\/tasks/, (route) => route.abort());
    await second.evaluate(() => window.dispatchEvent(new Event("offline")));
    await second.getByText("The task service cannot be reached.").waitFor();
    await addTask(first, "Missed");
    assert.equal(await checkbox(second, "Missed").count(), 0);
    await second.unroute(/\/api\/[^/]+\/tasks/);
    await second.evaluate(() => window.dispatchEvent(new Event("online")));
    await expectTitles(second, ["Missed", "Stays"]);
    assert.ok(missed.every((url) => url.searchParams.get("since")), "reads only the changes since its token");
  });
  await check("without the stream, the window reads the changes when it gets the focus", async () => {
    await second.route(/\/tasks\/events/, (route) => route.fulfill({ status: 429, contentType: "text/plain", body: "" }));
    profile.allow(/status of 429/);
    await second.reload();
    await expectTitles(second, ["Missed", "Stays"]);
    await addTask(first, "Later");
    await second.evaluate(() => window.dispatchEvent(new Event("focus")));
    await expectTitles(second, ["Later", "Missed", "Stays"]);
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
