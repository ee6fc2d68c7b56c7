// Checks that two users, and a page of another origin, cannot reach a user's tasks.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import { ada } from "./user-journey.checks.mjs";
import { addTask, all, expectTitles, fetchFrom, list, signIn, signUp, userId } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

export async function checkUserIsolation(context) {
  const { browser, origin, serviceOrigin, apiOrigin, checks } = context;
  const { check, need } = checks;
  const [adaProfile, benProfile] = await Promise.all([
    openProfile(browser, origin, { allow: [/status of 40/, /CORS policy/, /net::ERR_FAILED/, /net::ERR_BLOCKED_BY_RESPONSE/] }),
    openProfile(browser, origin, { allow: [/status of 40/] }),
  ]);
  const [adaPage, benPage] = [await adaProfile.newPage(), await benProfile.newPage()];

  await need("Ada signs in, Ben signs up, and neither sees the other's tasks", async () => {
    await signIn(adaPage, ada, all);
    await signUp(benPage, { name: "Ben", email: "ben@example.com" });
    await benPage.getByText("Nothing to do yet").waitFor();
    await addTask(benPage, "Ben's own");
    await expectTitles(benPage, ["Ben's own"]);
    assert.equal(await list(adaPage).getByText("Ben's own").count(), 0);
  });
  const [adaId, benId] = [await userId(adaPage), await userId(benPage)];

  await check("the other user's path is 403; the other user's task under the own path is 404", async () => {
    const token = apiOrigin ? (await benPage.evaluate(async () => (await (await fetch("/api/auth/token")).json()).token)) : null;
    const init = token ? { headers: { Authorization: `Bearer ${token}` } } : {};
    const callAsBen = (path, extra) => fetchFrom(benPage, `${apiOrigin}${path}`, { ...init, ...extra });
    assert.equal((await callAsBen(`/api/${benId}/tasks`)).status, 200);
    for (const path of [`/api/${adaId}/tasks`, `/api/${adaId}/tasks/1`]) {
      const response = await callAsBen(path);
      assert.equal(response.status, 403, path);
      assert.equal(typeof JSON.parse(response.text).detail, "string");
    }
    assert.equal((await callAsBen(`/api/${adaId}/tasks/1`, { method: "DELETE" })).status, 403);
    assert.equal((await callAsBen(`/api/${benId}/tasks/1`)).status, 404);
    // A navigation to the address sends only the cookie.
    const response = await benPage.goto(`/api/${adaId}/tasks`);
    assert.equal(response.status(), 403);
    assert.doesNotMatch(await response.text(), /milk|plumber/);
  });

  await check("a page of another origin cannot read or write, although the browser sends the cookie", async () => {
    const foreign = await serveForeignPage();
    try {
      const titlesBefore = await fetchTitles(adaPage, { adaId, apiOrigin });
      const page = await adaProfile.newPage();
      await page.goto(foreign.origin);
      for (const target of [origin, serviceOrigin]) {
        const url = `${target}/api/${adaId}/tasks`;
        assert.equal((await fetchFrom(page, url, { credentials: "include" })).error, "TypeError", `reading ${url}`);
        const jsonRequest = { method: "POST", credentials: "include", headers: { "Content-Type": "application/json" }, body: '{"title":"planted"}' };
        assert.equal((await fetchFrom(page, url, jsonRequest)).error, "TypeError", `writing ${url}`);
        // A request without a preflight reaches the service. It must change nothing.
        for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
          const simpleRequest = { ...jsonRequest, mode: "no-cors", headers: { "Content-Type": type } };
          const status = await statusOf(page, url, () => fetchFrom(page, url, simpleRequest));
          // The page does not see this status (Cross-Origin-Resource-Policy). It is not 401: ports do not separate sites, so the
          // browser sent the valid cookie.
          assert.equal(status, 403, `status of ${type} at ${url}`);
        }
      }
      assert.equal((await fetchFrom(page, `${origin}/api/auth/token`, { credentials: "include" })).error, "TypeError", "reading a token");
      assert.deepEqual(await fetchTitles(adaPage, { adaId, apiOrigin }), titlesBefore);
      await page.close();
    } finally {
      await foreign.close();
    }
  });

  await check("no other error on the consoles", () => {
    adaProfile.expectCleanConsole();
    benProfile.expectCleanConsole();
  });
  await Promise.all([adaProfile.close(), benProfile.close()]);
}

/** Returns the status of a call to `url`, also when the browser hides the response from the page. */
async function statusOf(page, url, call) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no response from ${url} within 30 seconds`)), 30_000);
      let id;
      session.on("Network.requestWillBeSent", ({ requestId, request }) => {
        if (request.url === url) id = requestId;
      });
      session.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => {
        if (requestId !== id) return;
        clearTimeout(timer);
        resolve(statusCode);
      });
      call().catch(reject);
    });
  } finally {
    await session.detach();
  }
}

async function fetchTitles(page, { adaId, apiOrigin }) {
  return page.evaluate(
    async ([base, apiOrigin]) => {
      const { token } = await (await fetch("/api/auth/token")).json();
      const headers = apiOrigin ? { Authorization: `Bearer ${token}` } : {};
      const tasks = await (await fetch(base, { headers })).json();
      return tasks.map((task) => task.title);
    },
    [`${apiOrigin}/api/${adaId}/tasks`, apiOrigin],
  );
}

/** Serves an empty page on another port. */
async function serveForeignPage() {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><link rel=icon href=data:,><title>Elsewhere</title>");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}
