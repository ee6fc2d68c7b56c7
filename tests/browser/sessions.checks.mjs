// Tokens run out and are renewed; sessions end elsewhere.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

import { ada } from "./life.checks.mjs";
import { checkbox, listIsThere, signIn, userId, add } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";

export async function checkSessions(world) {
  const { browser, origin, proof, checks } = world;
  const { check, need } = checks;
  const profile = await openProfile(browser, origin, { allow: [/status of 401/] });
  const page = await profile.newPage();
  const tokens = [];
  page.on("request", (request) => new URL(request.url()).pathname === "/api/auth/token" && tokens.push(request));

  await need("Ada signs in", async () => {
    await page.clock.install();
    await page.goto("/sign-in");
    await signIn(page, ada);
  });
  if (proof === "jwt") {
    await check("a token serves many calls, and is renewed before its end without the user noticing", async () => {
      assert.equal(tokens.length, 1);
      await add(page, "Before");
      assert.equal(tokens.length, 1);
      await page.clock.fastForward("14:45");
      await add(page, "After");
      assert.equal(tokens.length, 2);
      profile.expectCalm();
    });
    await check("a token that the service calls expired is renewed once, and the call made again", () => refusedOnce(world, page, tokens));
  }

  await check("a session that was ended elsewhere leads to the sign-in page, and back", async () => {
    const { elsewhere, account, others } = await openAccount(browser, origin);
    assert.ok((await others.count()) >= 1, "other sessions are listed");
    await account.getByRole("button", { name: "Sign out everywhere" }).click();
    await account.getByRole("heading", { name: "Sign in" }).waitFor();
    elsewhere.expectCalm();
    await elsewhere.close();

    // A JWT outlives its session until its own end, 15 minutes at most.
    if (proof === "jwt") await page.clock.fastForward("15:00");
    await page.getByLabel("What is to be done?").fill("Not any more");
    await page.getByLabel("What is to be done?").press("Enter");
    await page.getByText("You were signed out.").waitFor();
    await signIn(page, ada);
    assert.equal(new URL(page.url()).pathname, "/tasks");
    assert.equal(await page.getByText("Not any more").count(), 0);
  });
  await check("one session is ended from the list of sessions, the others live", async () => {
    const { elsewhere, account, others } = await openAccount(browser, origin);
    assert.equal(await others.count(), 1);
    await others.first().click();
    await others.waitFor({ state: "detached" });
    await page.goto("/tasks");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await account.goto("/tasks");
    await listIsThere(account);
    elsewhere.expectCalm();
    await elsewhere.close();
  });
  await check("no error on the console but those", () => profile.expectCalm());
  await profile.close();
}

/** Ada's page of sessions in another browser, and the buttons that end the other sessions. */
async function openAccount(browser, origin) {
  const elsewhere = await openProfile(browser, origin);
  const account = await elsewhere.newPage();
  await account.goto("/sign-in?next=/account");
  await account.getByLabel("E-mail").fill(ada.email);
  await account.getByLabel("Password").fill("correct horse battery staple");
  await account.getByRole("button", { name: "Sign in" }).click();
  await account.getByText("(this browser)").waitFor();
  return { elsewhere, account, others: account.getByRole("listitem").getByRole("button", { name: "Sign out" }) };
}

/** The next call carries a token of this user that ended ten minutes ago; all others go as they are. */
async function refusedOnce({ service, secret }, page, tokens) {
  const before = tokens.length;
  const expired = mint(secret, await userId(page), Math.floor(Date.now() / 1000) - 600);
  const answers = [];
  page.on("response", (response) => response.url().startsWith(service) && answers.push(response.status()));
  await page.route(
    (url) => url.href.startsWith(service),
    (route) => route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${expired}` } }),
    { times: 1 },
  );
  await page.reload();
  await listIsThere(page);
  await checkbox(page, "After").waitFor();
  assert.deepEqual(answers.filter((status) => status !== 204 && status !== 304), [401, 200]);
  assert.equal(tokens.length, before + 2, "one token for the new page, one more for the refused one");
}

function mint(secret, sub, exp) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub, iat: exp - 900, exp })}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
