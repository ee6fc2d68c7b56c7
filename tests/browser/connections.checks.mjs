// Checks that many windows of a browser work at once: with HTTP/1.1 they share six connections to a host, and each live stream holds one.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { addTask, checkbox, expectTitles, signIn, waitForList } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

const address = "/tasks?view=all&tag=many-windows";
const WINDOWS = 9;

/** Time after which a hidden window has closed its stream. */
const HIDDEN = "00:06";

/** Headless Chromium takes each window for visible. */
const setHidden = (page, isHidden) =>
  page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (isHidden ? "hidden" : "visible") });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);

export async function checkConnections({ browser, origin, checks }) {
  const { check, need } = checks;
  const profile = await openProfile(browser, origin);
  const hidden = [];
  const isStream = (request) => /\/tasks\/events/.test(request.url());
  let page = await profile.newPage();

  await need(`${WINDOWS} windows open one after another, the hidden ones without a stream`, async () => {
    await page.clock.install();
    await signIn(page, ada, address);
    while (hidden.length < WINDOWS - 1) {
      const streaming = page.waitForResponse((response) => isStream(response.request()));
      // The first window has its stream since the sign-in.
      if (hidden.length === 0) await page.reload();
      else await page.goto(address);
      await waitForList(page);
      const closed = page.waitForEvent("requestfailed", isStream);
      await streaming;
      await setHidden(page, true);
      await page.clock.fastForward(HIDDEN);
      await closed;
      hidden.push(page);
      page = await profile.newPage();
      await page.clock.install();
    }
    await page.goto(address);
    await waitForList(page);
  });
  await check("the visible window works", async () => {
    await addTask(page, "From the last window");
    assert.equal(await checkbox(hidden[0], "From the last window").count(), 0, "a hidden window follows no stream");
  });
  await check("a hidden window catches up by its token when it is visible again", async () => {
    const [reading] = await Promise.all([
      hidden[0].waitForRequest((request) => /\/tasks\/changes/.test(request.url())),
      setHidden(hidden[0], false),
    ]);
    assert.ok(new URL(reading.url()).searchParams.get("since"));
    await expectTitles(hidden[0], ["From the last window"]);
  });
  await check("a hidden window reads the changes each minute, for its reminders", async () => {
    await hidden[1].clock.fastForward("01:01");
    await expectTitles(hidden[1], ["From the last window"]);
  });
  await check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
