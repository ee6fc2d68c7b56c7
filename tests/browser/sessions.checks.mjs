// Checks that expired tokens are renewed, and sessions that end in another browser.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { ada } from "./user-journey.checks.mjs";
import { addTask, all, checkbox, signIn, stored, userId, waitForList } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

export async function checkSessions(context) {
  const { browser, origin, authMethod, checks } = context;
  const { check, need } = checks;
  const profile = await openProfile(browser, origin, { allow: [/status of 401/] });
  const page = await profile.newPage();
  const tokenRequests = [];
  page.on("request", (request) => new URL(request.url()).pathname === "/api/auth/token" && tokenRequests.push(request));

  await need("Ada signs in", async () => {
    await page.clock.install();
    await signIn(page, ada, all);
  });
  if (authMethod === "jwt") {
    await check("a token serves several calls and is renewed in the background before it expires", async () => {
      assert.equal(tokenRequests.length, 1);
      await addTask(page, "Before");
      assert.equal(tokenRequests.length, 1);
      await page.clock.fastForward("14:45");
      await addTask(page, "After");
      assert.equal(tokenRequests.length, 2);
      profile.expectCleanConsole();
    });
    await check("a token that the service rejects as expired is renewed once, and the call is retried", () =>
      expectTokenRenewed(context, page, tokenRequests),
    );
  }

  await check("a session that ended in another browser leads to the sign-in page and back", async () => {
    const { elsewhere, account, others } = await openAccount(browser, origin);
    assert.ok((await others.count()) >= 1, "other sessions are listed");
    await account.getByRole("button", { name: "Sign out everywhere" }).click();
    await account.getByRole("heading", { name: "Sign in" }).waitFor();
    elsewhere.expectCleanConsole();
    await elsewhere.close();

    // A JWT stays valid after its session ends, for at most 15 minutes.
    if (authMethod === "jwt") await page.clock.fastForward("15:00");
    await page.getByLabel("What is to be done?").fill("Not any more");
    await page.getByLabel("What is to be done?").press("Enter");
    await page.getByText("You were signed out.").waitFor();
    await signIn(page, ada);
    assert.equal(new URL(page.url()).pathname, "/tasks");
    // The write waited for the sign-in.
    await stored(page, "Not any more").waitFor();
  });
  await check("one session is ended from the list of sessions; the other sessions stay valid", async () => {
    const { elsewhere, account, others } = await openAccount(browser, origin);
    assert.equal(await others.count(), 1);
    await others.first().click();
    await others.waitFor({ state: "detached" });
    await page.goto("/tasks");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await account.goto(all);
    await waitForList(account);
    elsewhere.expectCleanConsole();
    await elsewhere.close();
  });
  await check("no other error on the console", () => profile.expectCleanConsole());
  await profile.close();
}

/** Opens Ada's account page in another browser. Returns the buttons that end the other sessions as `others`. */
async function openAccount(browser, origin) {
  // The live events of that page end with its session.
  const elsewhere = await openProfile(browser, origin, { allow: [/status of 401/] });
  const account = await elsewhere.newPage();
  await account.goto("/sign-in?next=/account");
  await account.getByLabel("E-mail").fill(ada.email);
  await account.getByLabel("Password").fill("correct horse battery staple");
  await account.getByRole("button", { name: "Sign in" }).click();
  await account.getByText("(this browser)").waitFor();
  return { elsewhere, account, others: account.getByRole("listitem").getByRole("button", { name: "Sign out" }) };
}

/** Replaces the token of the next call with one that expired ten minutes ago. Asserts one renewal and one retry. */
async function expectTokenRenewed({ serviceOrigin, secret }, page, tokenRequests) {
  const requestsBefore = tokenRequests.length;
  const expired = mintJwt(secret, await userId(page), Math.floor(Date.now() / 1000) - 600);
  const statuses = [];
  page.on("response", (response) => response.url().startsWith(serviceOrigin) && statuses.push(response.status()));
  await page.route(
    (url) => url.href.startsWith(serviceOrigin),
    (route) => route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${expired}` } }),
    { times: 1 },
  );
  await page.reload();
  await waitForList(page);
  await checkbox(page, "After").waitFor();
  // The live events follow with the same token.
  assert.deepEqual(statuses.filter((status) => status !== 204 && status !== 304).slice(0, 2), [401, 200]);
  assert.equal(tokenRequests.length, requestsBefore + 2, "one token for the new page and one for the retry");
}

function mintJwt(secret, sub, exp) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub, iat: exp - 900, exp })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
