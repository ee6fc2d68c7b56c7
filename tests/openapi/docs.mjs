// The page at /docs, in a real browser: it needs nobody but the service, and calls can be tried on it with a token.
//
//   node docs.mjs CHROMIUM

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { temporaryDirectory } from "../better-auth/processes.mjs";
import { startService } from "../better-auth/service.mjs";
import { token } from "./token.mjs";

const secret = randomBytes(32).toString("base64");
const databaseUrl = `sqlite:${join(temporaryDirectory("task-api-docs-"), "tasks.db")}`;
const service = await startService({ databaseUrl, betterAuthOrigin: "http://127.0.0.1:9", secret });
let browser;
let checks = 0;
const same = (seen, expected, what) => (assert.deepEqual(seen, expected, what), (checks += 1));
try {
  const created = await fetch(`${service.origin}/api/tasks`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token("alice", secret)}`, "Content-Type": "application/json" },
    body: JSON.stringify({ title: "Buy <b>milk</b>" }),
  });
  same(created.status, 201);
  // root may not use Chromium's sandbox, and in a container nobody may
  browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  const asked = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => asked.push(new URL(request.url())));

  await page.goto(`${service.origin}/docs`);
  await page.locator("main[aria-busy=false]").waitFor();
  const described = Object.values((await (await fetch(`${service.origin}/openapi.json`)).json()).paths);
  const operations = described.flatMap((item) => Object.values(item));
  same(await page.locator("main section > details[id]").count(), operations.length, "every operation is there");

  // by keyboard alone: the token, then the operation, then its button
  const list = page.locator("#listOwnTasks");
  const send = async () => {
    await list.getByRole("button", { name: "Send" }).press("Enter");
    await list.locator(".status").waitFor();
    return [await list.locator(".status").textContent(), JSON.parse(await list.locator(".body").textContent())];
  };
  await page.getByLabel("Bearer token").focus();
  await page.keyboard.insertText(token("alice", secret));
  await list.locator("summary").press("Enter");
  const [status, tasks] = await send();
  same([status, tasks.length, tasks[0].title], ["200 OK", 1, "Buy <b>milk</b>"]);
  same(complaints, [], "the console is quiet");

  await page.getByLabel("Bearer token").fill("wrong");
  await list.locator(".status").evaluate((old) => old.remove());
  const [refused, problem] = await send();
  same([refused, problem.error.code], ["401 Unauthorized", "invalid_credential"]);

  // one with a body and the owner in its path
  await page.getByLabel("Bearer token").fill(token("alice", secret));
  await page.getByLabel("User", { exact: true }).fill("alice");
  const create = page.locator("#createTask");
  await create.locator("summary").click();
  same(await create.getByLabel(/^user_id/).inputValue(), "alice");
  same(JSON.parse(await create.getByLabel("Body").inputValue()).title, "Buy milk", "the example is there");
  await create.getByRole("button", { name: "Send" }).click();
  await create.locator(".status").waitFor();
  same(await create.locator(".status").textContent(), "201 Created");

  const unlabelled = await page.locator("input, select, textarea").evaluateAll((all) => all.filter((it) => !it.labels.length).length);
  same(unlabelled, 0, "every control has a label");
  same([...new Set(asked.map((url) => url.origin))], [service.origin], "nobody else was asked");
  same(complaints.filter((text) => !text.includes("401")), [], "nothing but the refusal is on the console");
  console.log(`docs: ${checks} passed, 0 failed`);
} catch (error) {
  console.error(service.tail());
  throw error;
} finally {
  await browser?.close();
  await service.close();
}
