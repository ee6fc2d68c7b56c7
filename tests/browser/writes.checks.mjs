// Checks that each kind of write waits without network and over a reload, is sent again after a lost response with the same
// Idempotency-Key and If-Match, and is done once.

import assert from "node:assert/strict";

import { ada } from "./user-journey.checks.mjs";
import { addTask, checkbox, list, renameTask, showView, signIn, storedEntries, userId, waitForList } from "./task-page.mjs";
import { openProfile, TIMEOUT } from "./tabs.mjs";

const address = "/tasks?view=all&tag=writes";
const calls = /\/api\/[^/]+\/tasks/;

/** The headers that each kind of write keeps. A deletion has none: the second finds no task, or one in the trash. */
const kept = {
  create: ["idempotency-key"],
  change: ["if-match"],
  complete: ["idempotency-key"],
  remove: [],
  restore: ["idempotency-key"],
  purge: [],
  bulk: ["idempotency-key"],
};

/** Names the kind of a request. */
function kindOf(request) {
  const { pathname, searchParams } = new URL(request.url());
  const last = pathname.split("/").at(-1);
  if (request.method() === "POST") return { complete: "complete", restore: "restore", bulk: "bulk" }[last] ?? "create";
  if (request.method() === "DELETE") return searchParams.has("permanent") ? "purge" : "remove";
  return request.method() === "PATCH" ? "change" : null;
}

/** Returns the writes that wait in IndexedDB. */
const queued = async (page) => {
  const queues = (await storedEntries(page)).filter(([key]) => /\/queue\//.test(key));
  return queues.flatMap(([, { mutations }]) => mutations.map(({ state }) => state.variables));
};

export async function checkWrites({ browser, origin, serviceOrigin, checks }) {
  const { check, need } = checks;
  const profile = await openProfile(browser, origin, { allow: [/net::ERR_/, /status of (404|412)/] });
  const page = await profile.newPage();
  page.on("dialog", (dialog) => dialog.accept());
  const areWaiting = (count) => page.getByText(`${count} changes wait to be sent.`).waitFor();
  const setOnline = (isOnline) => page.evaluate((type) => void window.dispatchEvent(new Event(type)), isOnline ? "online" : "offline");
  const remove = (title) => list(page).getByRole("button", { name: `Delete “${title}”` }).click();
  const ids = {};

  await need("a task for each kind of write", async () => {
    await signIn(page, ada, address);
    for (const title of ["To change", "To complete", "To remove", "To restore", "To purge", "Bulk a", "Bulk b"]) {
      await addTask(page, title, { due: title === "To complete" ? "today every day" : undefined });
      ids[title] = Number(await page.locator("[data-task]").filter({ hasText: title }).getAttribute("data-task"));
    }
    await remove("To restore");
    await remove("To purge");
    await waitForList(page);
  });
  let waiting;
  await need("seven kinds of writes wait without network, also over a reload, with the same keys", async () => {
    await page.route(calls, (route) => route.abort("internetdisconnected"));
    await setOnline(false);
    await page.getByText("The task service cannot be reached.").waitFor();
    await page.getByLabel("What is to be done?").fill("Created offline");
    await page.getByLabel("What is to be done?").press("Enter");
    await renameTask(page, "To change", "Changed offline");
    await checkbox(page, "To complete").click();
    await remove("To remove");
    await page.getByRole("button", { name: "Select tasks" }).click();
    for (const title of ["Bulk a", "Bulk b"]) await list(page).getByRole("checkbox", { name: `Select “${title}”` }).click();
    await page.getByRole("button", { name: "Complete", exact: true }).click();
    await showView(page, "Trash");
    await list(page).getByRole("button", { name: "Restore “To restore”" }).click();
    await list(page).getByRole("button", { name: "Delete “To purge” for ever" }).click();
    await areWaiting(7);
    waiting = await queued(page);
    assert.deepEqual(waiting.map(({ kind }) => kind), ["create", "change", "complete", "remove", "bulk", "restore", "purge"]);
    await page.goto(address);
    await areWaiting(7);
    assert.deepEqual(await queued(page), waiting);
  });

  const attempts = Object.fromEntries(Object.keys(kept).map((kind) => [kind, []]));
  await check("each write is sent again after a lost response, with the same headers and body, in the order of the user", async () => {
    const order = [];
    await page.unroute(calls);
    await page.route(calls, async (route) => {
      const request = route.request();
      const kind = kindOf(request);
      if (!kind) return route.continue();
      const headers = request.headers();
      const { "idempotency-key": key, "if-match": version } = headers;
      attempts[kind].push({ path: new URL(request.url()).pathname, body: request.postData(), "idempotency-key": key, "if-match": version });
      if (attempts[kind].length > 1) return route.continue();
      order.push(kind);
      // The service does it; the browser gets no response.
      const response = await route.fetch();
      assert.ok(response.ok(), `${kind}: ${response.status()}`);
      await route.abort("connectionreset");
    });
    await setOnline(true);
    // The purge is the last one.
    for (const deadline = Date.now() + TIMEOUT; attempts.purge.length < 2 && Date.now() < deadline; ) await page.waitForTimeout(50);
    await waitForList(page);
    assert.deepEqual(order, waiting.map(({ kind }) => kind));
    for (const { kind, key, id, version } of waiting) {
      const [first, second] = attempts[kind];
      assert.deepEqual(second, first, `${kind} is the same when it is sent again`);
      assert.equal(attempts[kind].length, 2, kind);
      const expected = { "idempotency-key": key, "if-match": `"${id}-${version}"` };
      for (const name of Object.keys(expected)) assert.equal(first[name], kept[kind].includes(name) ? expected[name] : undefined, `${kind}: ${name}`);
    }
    await page.unroute(calls);
  });
  await check("each write is done once", async () => {
    const cookie = (await profile.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const user = await userId(page);
    const fetchTasks = async (query) => (await (await fetch(`${serviceOrigin}/api/${user}/tasks?limit=100&tags=writes${query}`, { headers: { cookie } })).json());
    const tasks = await fetchTasks("");
    const states = tasks.map(({ title, completed }) => `${title}: ${completed ? "done" : "open"}`).sort();
    assert.deepEqual(states, [
      ...["Bulk a: done", "Bulk b: done", "Changed offline: open", "Created offline: open"],
      ...["To complete: done", "To complete: open", "To restore: open"],
    ]);
    const versionOf = (title) => tasks.find((task) => task.title === title).version;
    assert.deepEqual(["Changed offline", "Bulk a", "Bulk b", "Created offline"].map(versionOf), [2, 2, 2, 1]);
    const status = async (id) => (await fetch(`${serviceOrigin}/api/${user}/tasks/${id}`, { headers: { cookie } })).status;
    for (const title of ["To remove", "To purge"]) assert.equal(await status(ids[title]), 404, title);
    await showView(page, "Trash");
    await list(page).getByText("To remove").waitFor();
    assert.equal(await list(page).getByText("To purge").count(), 0);
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
