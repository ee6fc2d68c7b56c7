// Tests the page at /docs in a browser: it loads resources only from the service, and sends calls with a bearer token.
//
//   node docs.mjs CHROMIUM

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { temporaryDirectory } from "../better-auth/processes.mjs";
import { startService } from "../better-auth/service.mjs";
import { mintJwt } from "./token.mjs";

const secret = randomBytes(32).toString("base64");
const databaseUrl = `sqlite:${join(temporaryDirectory("task-api-docs-"), "tasks.db")}`;
const service = await startService({ databaseUrl, betterAuthOrigin: "http://127.0.0.1:9", secret });
let browser;
let checks = 0;
const expectEqual = (actual, expected, message) => (assert.deepEqual(actual, expected, message), (checks += 1));
try {
  const created = await fetch(`${service.origin}/api/tasks`, {
    method: "POST",
    headers: { Authorization: `Bearer ${mintJwt("alice", secret)}`, "Content-Type": "application/json" },
    body: JSON.stringify({ title: "Buy <b>milk</b>" }),
  });
  expectEqual(created.status, 201);
  // Chromium's sandbox works neither for root nor in a container.
  browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const consoleMessages = [];
  const requestUrls = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && consoleMessages.push(message.text()));
  page.on("pageerror", (error) => consoleMessages.push(String(error)));
  page.on("request", (request) => requestUrls.push(new URL(request.url())));

  await page.goto(`${service.origin}/docs`);
  await page.locator("main[aria-busy=false]").waitFor();
  const pathItems = Object.values((await (await fetch(`${service.origin}/openapi.json`)).json()).paths);
  const operations = pathItems.flatMap((item) => Object.values(item)).filter((operation) => !operation["x-alias-of"]);
  const shown = await page.locator("main section > details[id]").evaluateAll((all) => all.map((it) => it.id));
  expectEqual(shown.toSorted(), operations.map((it) => it.operationId).toSorted(), "the page shows each operation once");
  const colours = await page.locator("summary .method").evaluateAll((all) => new Set(all.map((it) => getComputedStyle(it).backgroundColor)).size);
  expectEqual(colours, 4, "GET, POST, PATCH and DELETE have different colours");

  // The filter searches methods, paths, parameters and texts.
  const filtered = async (words) => {
    await page.getByLabel("Filter").fill(words);
    return page.locator("main section > details[id]:visible").evaluateAll((all) => all.map((it) => it.id));
  };
  expectEqual(await filtered("DELETE moves"), ["deleteTask"]);
  expectEqual(await filtered("idempotency-key trash"), ["importTasks", "restoreTask"], "the name of a parameter, and a word");
  expectEqual(await filtered("no such word"), []);
  expectEqual((await filtered("")).length, operations.length);

  // Uses only the keyboard: the token, then the operation, then its button.
  const listOperation = page.locator("#listTasks");
  const send = async () => {
    await listOperation.getByRole("button", { name: "Send" }).press("Enter");
    await listOperation.locator(".status").waitFor();
    return [await listOperation.locator(".status").textContent(), JSON.parse(await listOperation.locator(".body").textContent())];
  };
  await page.getByLabel("Bearer token").focus();
  await page.keyboard.insertText(mintJwt("alice", secret));
  await listOperation.locator("summary").press("Enter");
  const [status, tasks] = await send();
  expectEqual([status, tasks.length, tasks[0].title], ["200 OK", 1, "Buy <b>milk</b>"]);
  expectEqual(consoleMessages, [], "no error or warning on the console");

  await page.getByLabel("Bearer token").fill("wrong");
  await listOperation.locator(".status").evaluate((old) => old.remove());
  const [rejectedStatus, problem] = await send();
  expectEqual([rejectedStatus, problem.error.code], ["401 Unauthorized", "invalid_credential"]);

  // Each curl line, run by a shell, does what the form does. The token is not in it.
  const run = (line) => execFileSync("sh", ["-c", `${line} --silent --show-error`], { env: { ...process.env, TOKEN: mintJwt("alice", secret) } });
  const curl = listOperation.locator(".curl");
  await listOperation.getByLabel("search").fill("it's \"milk\" & $HOME");
  expectEqual(JSON.parse(run(await curl.textContent())), [], "a search text with characters of the shell");
  await listOperation.getByLabel("search").fill("milk");
  expectEqual(JSON.parse(run(await curl.textContent())).map((task) => task.title), ["Buy <b>milk</b>"]);
  expectEqual((await curl.textContent()).includes("eyJ"), false, "the curl line has no token");
  await listOperation.getByRole("button", { name: "Copy" }).click();
  await listOperation.getByRole("button", { name: "Copied" }).waitFor();
  expectEqual(await page.evaluate(() => navigator.clipboard.readText()), await curl.textContent());
  expectEqual(JSON.parse(await listOperation.locator(".example").textContent())[0].title, "Buy milk", "the example of the response");

  const bulkOperation = page.locator("#bulkTasks");
  await bulkOperation.locator("summary").click();
  const bulkRows = bulkOperation.locator(".columns").first().locator("tbody tr");
  await bulkRows.first().waitFor(); // the page fills a section after it opens
  const bulkFields = await bulkRows.evaluateAll((rows) =>
    rows.map((row) => [...row.cells].slice(0, 2).map((cell) => cell.textContent)));
  expectEqual(bulkFields.slice(0, 2), [["operations *", "list of Operation"], ["operations[].op *", "create | update | complete | delete"]]);

  // Sends an operation with a body and the owner in its path.
  await page.getByLabel("Path of tasks").selectOption("/api/{user_id}/tasks");
  await page.getByLabel("Bearer token").fill(mintJwt("alice", secret));
  await page.getByLabel("User", { exact: true }).fill("alice");
  const createOperation = page.locator("#createTask");
  await createOperation.locator("summary").click();
  expectEqual(await createOperation.getByLabel(/^user_id/).inputValue(), "alice");
  expectEqual(JSON.parse(await createOperation.getByLabel("Body").inputValue()).title, "Buy milk", "the body field contains the example");
  const fields = await createOperation.locator(".columns").first().locator("td:first-child").allTextContents();
  expectEqual([fields[0], fields.includes("due_date")], ["title *", true], "the fields are beside the body");
  expectEqual(JSON.parse(run(await createOperation.locator(".curl").textContent())).user_id, "alice");
  await createOperation.getByRole("button", { name: "Send" }).click();
  await createOperation.locator(".status").waitFor();
  expectEqual(await createOperation.locator(".status").textContent(), "201 Created");

  // The pages of errors and of the start have no script.
  for (const [path, heading] of [["/docs/errors#task_not_found", "Errors"], ["/", "task-api"]]) {
    await page.goto(service.origin + path);
    expectEqual(await page.locator("h1").textContent(), heading);
  }
  await page.getByRole("link", { name: "The API documentation" }).click();
  await page.locator("main[aria-busy=false]").waitFor();

  const unlabelled = await page.locator("input, select, textarea").evaluateAll((all) => all.filter((it) => !it.labels.length).length);
  expectEqual(unlabelled, 0, "each control has a label");
  expectEqual([...new Set(requestUrls.map((url) => url.origin))], [service.origin], "the page sent requests only to the service");
  expectEqual(consoleMessages.filter((text) => !text.includes("401")), [], "no error or warning on the console except the 401");
  console.log(`docs: ${checks} passed, 0 failed`);
} catch (error) {
  console.error(service.tail());
  throw error;
} finally {
  await browser?.close();
  await service.close();
}
