// Two users, and a page of another origin.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import { ada } from "./life.checks.mjs";
import { add, expectTitles, fetchFrom, list, signIn, signUp, userId } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

export async function checkStrangers(world) {
  const { browser, origin, service, calls, checks } = world;
  const { check, need } = checks;
  const [hers, his] = await Promise.all([
    openProfile(browser, origin, { allow: [/status of 40/, /CORS policy/, /net::ERR_FAILED/, /net::ERR_BLOCKED_BY_RESPONSE/] }),
    openProfile(browser, origin, { allow: [/status of 40/] }),
  ]);
  const [herPage, hisPage] = [await hers.newPage(), await his.newPage()];

  await need("Ada signs in again, Ben signs up: he sees none of her tasks", async () => {
    await herPage.goto("/sign-in");
    await signIn(herPage, ada);
    await signUp(hisPage, { name: "Ben", email: "ben@example.com" });
    await hisPage.getByText("Nothing to do yet").waitFor();
    await add(hisPage, "Ben's own");
    await expectTitles(hisPage, ["Ben's own"]);
    assert.equal(await list(herPage).getByText("Ben's own").count(), 0);
  });
  const [herId, hisId] = [await userId(herPage), await userId(hisPage)];

  await check("the other's id in the address is answered 403, the other's task under the own id 404", async () => {
    const token = calls ? (await hisPage.evaluate(async () => (await (await fetch("/api/auth/token")).json()).token)) : null;
    const init = token ? { headers: { Authorization: `Bearer ${token}` } } : {};
    const ask = (path, more) => fetchFrom(hisPage, `${calls}${path}`, { ...init, ...more });
    assert.equal((await ask(`/api/${hisId}/tasks`)).status, 200);
    for (const path of [`/api/${herId}/tasks`, `/api/${herId}/tasks/1`]) {
      const answer = await ask(path);
      assert.equal(answer.status, 403, path);
      assert.equal(typeof JSON.parse(answer.text).detail, "string");
    }
    assert.equal((await ask(`/api/${herId}/tasks/1`, { method: "DELETE" })).status, 403);
    assert.equal((await ask(`/api/${hisId}/tasks/1`)).status, 404);
    // Typed into the address line, where only a cookie can go along.
    const response = await hisPage.goto(`/api/${herId}/tasks`);
    assert.equal(response.status(), 403);
    assert.doesNotMatch(await response.text(), /milk|plumber/);
  });

  await check("a page of another origin reads nothing and writes nothing, although the cookie goes with its calls", async () => {
    const foreign = await serveForeignPage();
    try {
      const before = await titles(herPage, { herId, calls });
      const page = await hers.newPage();
      await page.goto(foreign.origin);
      for (const target of [origin, service]) {
        const url = `${target}/api/${herId}/tasks`;
        assert.equal((await fetchFrom(page, url, { credentials: "include" })).error, "TypeError", `reading ${url}`);
        const json = { method: "POST", credentials: "include", headers: { "Content-Type": "application/json" }, body: '{"title":"planted"}' };
        assert.equal((await fetchFrom(page, url, json)).error, "TypeError", `writing ${url}`);
        // Without a preflight: the request is really sent, and what it did must be nothing.
        for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
          const plain = { ...json, mode: "no-cors", headers: { "Content-Type": type } };
          const status = await statusOf(page, url, () => fetchFrom(page, url, plain));
          // The page never sees it (Cross-Origin-Resource-Policy). Not 401: the cookie did go along, because ports make no difference to a site, and was known.
          assert.equal(status, 403, `the answer to ${type} at ${url}`);
        }
      }
      assert.equal((await fetchFrom(page, `${origin}/api/auth/token`, { credentials: "include" })).error, "TypeError", "a token");
      assert.deepEqual(await titles(herPage, { herId, calls }), before);
      await page.close();
    } finally {
      await foreign.close();
    }
  });

  await check("no error on the consoles but those", () => {
    hers.expectCalm();
    his.expectCalm();
  });
  await Promise.all([hers.close(), his.close()]);
}

/** The status that a call to an address is answered with, also where the browser keeps the answer from the page. */
async function statusOf(page, url, call) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer from ${url} within 30 seconds`)), 30_000);
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

async function titles(page, { herId, calls }) {
  return page.evaluate(
    async ([base, calls]) => {
      const { token } = await (await fetch("/api/auth/token")).json();
      const headers = calls ? { Authorization: `Bearer ${token}` } : {};
      const tasks = await (await fetch(base, { headers })).json();
      return tasks.map((task) => task.title);
    },
    [`${calls}/api/${herId}/tasks`, calls],
  );
}

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
