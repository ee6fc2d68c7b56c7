// Checks that the page of tasks opens without network, and that a browser shows a user's tasks only until the sign-out.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { addTask, checkbox, chooseFromMenu, expectTitles, fetchFrom, renameTask, signIn, signUp, stored, userId, waitForList } from "./task-page.mjs";
import { openProfile, screenshot, waitUntil } from "./tabs.mjs";

const address = "/tasks?view=all&tag=offline";
const eve = { name: "Eve Lovelace", email: "eve@example.com" };

/** Whether the cache has the scripts of the menus and dialogs. The page sets the mark. */
const areStored = () => performance.getEntriesByName("assets stored").length > 0;

/** Waits until the tasks in IndexedDB have a text. The page stores them a moment after they change. */
const keeps = (page, text) =>
  waitUntil(
    page,
    (text) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open("task-api");
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const store = request.result.transaction("cache").objectStore("cache");
          const [keys, values] = [store.getAllKeys(), store.getAll()];
          const has = (text) => keys.result.some((key, at) => /\/tasks$/.test(key) && JSON.stringify(values.result[at]).includes(text));
          values.onsuccess = () => resolve(has(text));
        };
      }),
    text,
  );

export async function checkOffline({ browser, origin, kind, authMethod, checks }) {
  const { check, need } = checks;
  const profile = await openProfile(browser, origin, { allow: [/net::ERR_INTERNET_DISCONNECTED/, /Failed to fetch/, /status of 504/] });
  const { context } = profile;
  let page = await profile.newPage();
  const line = () => page.getByLabel("What is to be done?");
  const writes = [];
  context.on("request", (request) => {
    if (request.method() === "POST" && /\/api\/[^/]+\/tasks$/.test(request.url())) writes.push(request.headers()["idempotency-key"]);
  });

  /** Opens a page in a browser without network. */
  const startOffline = async () => {
    await context.setOffline(true);
    await page.close();
    page = await profile.newPage();
    await page.goto(address);
  };
  const shellIsStored = () => waitUntil(page, async () => (await caches.match("/offline")) !== undefined);

  await need("the service worker stores the page", async () => {
    await signIn(page, ada, address);
    await addTask(page, "Known before");
    await shellIsStored();
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    // A page that the service worker controls from its start.
    await page.reload();
    await waitForList(page);
    // The first press of a key loads the dialogs.
    await renameTask(page, "Known before", "Known offline");
    await stored(page, "Known offline").waitFor();
    await page.waitForFunction(areStored);
    await keeps(page, "Known offline");
  });
  await check("without network the page opens, with the view of its address and the stored tasks", async () => {
    await startOffline();
    await expectTitles(page, ["Known offline"]);
    await page.getByRole("heading", { name: "All" }).waitFor();
    await page.getByText("The task service cannot be reached.").waitFor();
    if (kind === "sqlite" && authMethod === "cookie") await screenshot(page, "offline");
  });
  await check("writes without network wait, also in another new page, and are sent once when the network is back", async () => {
    await line().fill("Written offline");
    await line().press("Enter");
    await checkbox(page, "Written offline").waitFor();
    await renameTask(page, "Known offline", "Renamed without network");
    // The menus and dialogs are stored too.
    await page.waitForFunction(areStored);
    await startOffline();
    await page.getByText("2 changes wait to be sent.").waitFor();
    await expectTitles(page, ["Written offline", "Renamed without network"]);
    writes.length = 0;
    await context.setOffline(false);
    await stored(page, "Written offline").waitFor();
    await stored(page, "Renamed without network").waitFor();
    assert.equal(new Set(writes).size, 1, "one create, with one key");
    await page.reload();
    await waitForList(page);
    await expectTitles(page, ["Written offline", "Renamed without network"]);
  });
  await check("the cache has the page, scripts and styles only: no user, no task, no token", async () => {
    const files = await page.evaluate(async () => {
      const entries = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const response = await cache.match(request);
          entries.push({ path: new URL(request.url).pathname, setsCookie: response.headers.has("set-cookie"), text: await response.text() });
        }
      }
      return entries;
    });
    assert.ok(files.length > 5);
    const user = await userId(page);
    for (const { path, setsCookie, text } of files) {
      assert.match(path, /^\/(offline$|_next\/static\/)/);
      assert.ok(!setsCookie && !text.includes(user) && !text.includes("Renamed without network") && !/eyJ[\w-]{20}|ada@example/.test(text), path);
    }
  });
  await check("after the sign-out, a page without network shows nothing", async () => {
    await chooseFromMenu(page, "Sign out");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await startOffline();
    await page.getByRole("heading", { name: "You are offline" }).waitFor();
    assert.equal(await page.getByText("Written offline").count(), 0);
    await context.setOffline(false);
  });
  await check("another user of the browser sees only the own tasks without network", async () => {
    await signUp(page, eve);
    await addTask(page, "Of Eve", { tags: "offline" });
    await keeps(page, "Of Eve");
    await startOffline();
    await expectTitles(page, ["Of Eve"]);
    await page.getByRole("button", { name: "Menu of Eve Lovelace" }).waitFor();
    await context.setOffline(false);
    await waitForList(page);
  });
  await check("a session that ended shows nothing without network until the next sign-in", async () => {
    const { status } = await fetchFrom(page, "/api/auth/revoke-sessions", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    assert.equal(status, 200);
    await page.goto(address);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await startOffline();
    await page.getByRole("heading", { name: "You are offline" }).waitFor();
    await context.setOffline(false);
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
