// Checks that many windows of a browser work at once: with HTTP/1.1 they share six connections to a host, and each live stream holds one.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { addTask, checkbox, expectTitles, signIn, waitForList } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

const address = "/tasks?view=all&tag=many-windows";

/** Together more than the six connections of a browser to a host. */
const [HIDDEN, VISIBLE] = [5, 4];

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
  const isStream = (request) => /\/tasks\/events/.test(request.url());
  /** Opens a window, and waits for its list and its stream. */
  const open = async () => {
    const page = await profile.newPage();
    const streaming = page.waitForResponse((response) => isStream(response.request()));
    await page.goto(address);
    await waitForList(page);
    await streaming;
    return page;
  };
  const hidden = [];
  let last;

  await need("a window that is hidden for some seconds closes its stream", async () => {
    const page = await profile.newPage();
    await signIn(page, ada, address);
    await page.close();
    while (hidden.length < HIDDEN) hidden.push(await open());
    const closed = hidden.map((page) => page.waitForEvent("requestfailed", isStream));
    for (const page of hidden) await setHidden(page, true);
    await Promise.all(closed);
  });
  await check(`${VISIBLE} more windows open, and work`, async () => {
    for (let opened = 0; opened < VISIBLE; opened += 1) last = await open();
    await addTask(last, "From the last window");
    assert.equal(await checkbox(hidden[0], "From the last window").count(), 0, "a hidden window follows no stream");
  });
  await check("a hidden window catches up by its token when it is visible again", async () => {
    const reading = hidden[0].waitForRequest((request) => /\/tasks\/changes/.test(request.url()));
    await setHidden(hidden[0], false);
    assert.ok(new URL((await reading).url()).searchParams.get("since"));
    await expectTitles(hidden[0], ["From the last window"]);
  });
  await check("a hidden window reads the changes each minute, for its reminders", async () => {
    const [, page] = hidden;
    await page.clock.install();
    const streaming = page.waitForResponse((response) => isStream(response.request()));
    await page.goto(address);
    await waitForList(page);
    await streaming;
    const closed = page.waitForEvent("requestfailed", isStream);
    await setHidden(page, true);
    await page.clock.fastForward("00:06");
    await closed;
    const reading = page.waitForRequest((request) => /\/tasks\/changes/.test(request.url()));
    await page.clock.fastForward("01:01");
    await reading;
  });
  await check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
