// Checks the pages while the service is unreachable, hangs or loses a response, and while the browser is offline.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { addTask, checkbox, expectTitles, list, renameTask, signIn, stored, waitForList } from "./task-page.mjs";
import { expectNoLayoutShift, openProfile, screenshot } from "./tabs.mjs";
import { expectAccessible } from "./accessible.mjs";

/** The path of the list, to which creates are sent. */
const creates = (url) => /^\/api\/[^/]+\/tasks$/.test(url.pathname);

export async function checkOutages(context) {
  const { browser, origin, kind, authMethod, checks, stopService } = context;
  const profile = await openProfile(browser, origin, { allow: [/status of (50|412)/, /net::ERR_/] });
  const page = await profile.newPage();
  const { check, need } = checks;
  const isPictured = kind === "sqlite" && authMethod === "cookie";
  const unreachableNotice = (page) => page.getByText("The task service cannot be reached. It is tried again until it answers.");
  const title = page.getByLabel("What is to be done?");
  const address = "/tasks?view=all&tag=garden";

  await need("a task is shown", async () => {
    await signIn(page, ada, address);
    await addTask(page, "Water the plants");
  });
  const startService = await stopService();
  await check("while the service is unreachable, the page says so and keeps the changes", async () => {
    await checkbox(page, "Water the plants").click();
    await unreachableNotice(page).waitFor();
    await title.fill("Written meanwhile");
    await title.press("Enter");
    await checkbox(page, "Written meanwhile").waitFor();
    await page.getByText("2 changes wait to be sent.").waitFor();
    await list(page).getByText("Not sent yet").waitFor();
    if (isPictured) await screenshot(page, "away-with-list");
  });
  const other = await profile.newPage();
  await check("a page opened during the outage shows the stored tasks and says so too", async () => {
    await other.goto(address);
    await unreachableNotice(other).waitFor();
    await other.getByText(/Water the plants|Finished/).first().waitFor();
    await expectNoLayoutShift(other);
    if (isPictured) {
      await expectAccessible(other, "the page while the service is unreachable");
      for (const colorScheme of ["light", "dark"]) {
        await other.emulateMedia({ colorScheme });
        await screenshot(other, `away-${colorScheme}`);
      }
    }
  });
  await startService();
  await check("both pages recover without a reload when the service returns, and the changes are sent once", async () => {
    for (const tab of [page, other]) {
      await unreachableNotice(tab).waitFor({ state: "detached" });
      await expectTitles(tab, ["Written meanwhile"]);
      await tab.getByText("Finished (1)").waitFor();
    }
    await waitForList(page);
  });
  await other.close();

  await check("a lost response is shown as perhaps done, and the same write sent again makes one task", async () => {
    const keys = [];
    let hold = true;
    // The service stores the task; the browser gets no response.
    await page.route(creates, async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      keys.push(route.request().headers()["idempotency-key"]);
      if (!hold) return route.continue();
      const response = await route.fetch();
      assert.equal(response.status(), keys.length === 1 ? 201 : 201);
      await route.abort("connectionreset");
    });
    await title.fill("Sent once");
    await title.press("Enter");
    await list(page).getByText("Perhaps done").waitFor();
    assert.equal(await checkbox(page, "Sent once").count(), 1);
    if (isPictured) await screenshot(page, "perhaps-done");
    hold = false;
    await stored(page, "Sent once").waitFor();
    assert.equal(new Set(keys).size, 1, "the write keeps its key");
    assert.ok(keys.length > 1);
    await title.fill("Sent once more");
    await title.press("Enter");
    await stored(page, "Sent once more").waitFor();
    assert.notEqual(keys.at(-1), keys[0], "another task has another key");
    await page.unroute(creates);
    await page.reload();
    await expectTitles(page, ["Sent once more", "Sent once", "Written meanwhile"]);
  });

  await check("changes without network wait in the browser, also over a reload, and are sent in order with their If-Match", async () => {
    const sent = [];
    const isWrite = (request) => ["POST", "PATCH", "DELETE"].includes(request.method()) && /\/api\/[^/]+\/tasks/.test(request.url());
    await page.route(/\/api\/[^/]+\/tasks/, (route) => route.abort("internetdisconnected"));
    await page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await unreachableNotice(page).waitFor();
    await renameTask(page, "Sent once", "Renamed offline");
    await renameTask(page, "Renamed offline", "Renamed twice");
    await title.fill("Made offline");
    await title.press("Enter");
    await renameTask(page, "Made offline", "Made and renamed offline");
    const titles = ["Made and renamed offline", "Sent once more", "Renamed twice", "Written meanwhile"];
    await expectTitles(page, titles);
    await page.getByText("4 changes wait to be sent.").waitFor();
    // The page itself comes from its server, which is reachable.
    await page.reload();
    await page.getByText("4 changes wait to be sent.").waitFor();
    await expectTitles(page, titles);
    page.on("request", (request) => isWrite(request) && sent.push(request));
    await page.unroute(/\/api\/[^/]+\/tasks/);
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await stored(page, "Made and renamed offline").waitFor();
    await stored(page, "Renamed twice").waitFor();
    const bodies = sent.map((request) => request.postDataJSON().title);
    assert.deepEqual(bodies, ["Renamed offline", "Renamed twice", "Made offline", "Made and renamed offline"]);
    const versions = sent.map((request) => request.headers()["if-match"]?.split("-")[1]);
    assert.deepEqual(versions, ['1"', '2"', undefined, '1"']);
    await page.reload();
    await expectTitles(page, titles);
  });

  await check("a service that hangs is shown after a second, and no longer when it answers", async () => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.route(creates, async (route) => {
      await released;
      await route.continue();
    });
    await title.fill("Slow");
    await title.press("Enter");
    await page.getByText("The task service takes long to answer.").waitFor();
    if (isPictured) await screenshot(page, "slow");
    release();
    await stored(page, "Slow").waitFor();
    await page.getByText("The task service takes long to answer.").waitFor({ state: "detached" });
    await page.unroute(creates);
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
