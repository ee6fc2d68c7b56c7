// Checks that `lib/` of the example needs nothing else: compiles a copy in an empty project, and calls the service from an empty page.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { promisify } from "node:util";

import { temporaryDirectory } from "../better-auth/processes.mjs";
import { all, signIn, userId } from "./task-page.mjs";
import { openProfile } from "./tabs.mjs";
import { ada } from "./user-journey.checks.mjs";

const example = resolve(import.meta.dirname, "../../examples/nextjs");

/** The only package that the client needs. */
const CLIENT = ["eventsource-parser"];

/** Uses the client as the README shows it, by both authentication methods. */
const program = `
import { taskApi, type TaskApi } from "./lib/api";
import { catchUp, withChanges } from "./lib/snapshot";
import type { Task } from "./lib/task";
import { tokenKeeper } from "./lib/token";

export async function run(user: string, origin: string, withToken: boolean): Promise<string[]> {
  const api: TaskApi = withToken ? taskApi(user, { origin, token: tokenKeeper() }) : taskApi(user);
  const task: Task = await api.create({ title: "Pay rent", due_date: "2031-12-01" }, crypto.randomUUID());
  const changed = await api.change(task, { priority: "high" });
  const { changes, token } = await catchUp(api);
  let snapshot = withChanges(undefined, changes, token);
  const known = snapshot.tasks[task.id]?.task.priority ?? "";
  const completed = api.complete(task.id, true, crypto.randomUUID());
  for await (const { change, token } of api.events(snapshot.token)) {
    if (!change) continue;
    snapshot = withChanges(snapshot, [change], token);
    break;
  }
  await completed;
  await api.purge(task.id);
  return [changed.title, known, snapshot.tasks[task.id]?.task.status ?? ""];
}
`;

const options = { strict: true, noUncheckedIndexedAccess: true, target: "ES2022", module: "esnext", moduleResolution: "bundler" };

/** The files of `lib` with their packages, as README lists them. */
function readTable() {
  const rows = readFileSync(join(example, "README.md"), "utf8").matchAll(/^\| (`[\w.-]+`(?:, `[\w.-]+`)*) \|[^|]*\|([^|]*)\|$/gm);
  const quoted = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  return [...rows].flatMap(([, files, packages]) => quoted(files).map((file) => [file, quoted(packages)]));
}

/** Compiles files of `lib` in a project that has only these packages. Returns the folder of the output. */
async function compile(files, packages, sources = {}) {
  const project = temporaryDirectory("task-api-lib-");
  for (const file of files) cpSync(join(example, "lib", file), join(project, "lib", file));
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(project, name), text);
  for (const name of packages) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(example, "node_modules", name), join(project, "node_modules", name));
  }
  const compilerOptions = { ...options, lib: ["es2023", "dom", "dom.iterable"], types: [], skipLibCheck: true, rootDir: ".", outDir: "out" };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["lib", "*.ts"] }));
  await promisify(execFile)(join(example, "node_modules/.bin/tsc"), ["-p", project]).catch((error) => assert.fail(error.stdout || error.message));
  return join(project, "out");
}

export async function checkLib({ browser, origin, serviceOrigin, kind, authMethod, checks }) {
  // One run calls by both methods.
  if (kind !== "sqlite" || authMethod !== "cookie") return;
  const { check, need } = checks;
  const table = readTable();

  await check("lib/ compiles strictly in an empty project with the packages of the README, which lists each file", async () => {
    assert.deepEqual(table.map(([file]) => file).sort(), readdirSync(join(example, "lib")).sort());
    await compile(table.map(([file]) => file), new Set(table.flatMap(([, packages]) => packages)));
  });
  const client = table.filter(([, packages]) => packages.every((name) => CLIENT.includes(name))).map(([file]) => file);
  const output = await need("the client compiles with eventsource-parser alone", () => compile(client, CLIENT, { "program.ts": program }));

  const profile = await openProfile(browser, origin, { allow: [/favicon\.ico/] });
  const page = await profile.newPage();
  const imports = { "eventsource-parser/stream": "/lib-alone/node_modules/eventsource-parser/dist/stream.js" };
  await page.route("**/lib-alone/**", (route) => {
    const path = new URL(route.request().url()).pathname.replace("/lib-alone/", "");
    const file = path.startsWith("node_modules/") ? join(example, path) : join(output, extname(path) ? path : `${path}.js`);
    return route.fulfill({ contentType: "text/javascript", body: readFileSync(file, "utf8") });
  });
  await signIn(page, ada, all);
  const user = await userId(page);
  // A page of this origin without scripts. Its response comes from the network: else Chromium takes the service for a private address.
  await page.goto("/api/auth/ok");
  await page.evaluate((imports) => {
    const map = Object.assign(document.createElement("script"), { type: "importmap", textContent: JSON.stringify({ imports }) });
    document.head.append(map);
  }, imports);
  for (const method of ["the cookie", "a JWT"]) {
    await check(`the copied client creates, changes, reads, follows and deletes a task by ${method}`, async () => {
      const run = ([user, origin, withToken]) => import("/lib-alone/program.js").then((program) => program.run(user, origin, withToken));
      assert.deepEqual(await page.evaluate(run, [user, serviceOrigin, method === "a JWT"]), ["Pay rent", "high", "completed"]);
    });
  }
  await check("no error on the console", () => profile.expectCleanConsole());
  await profile.close();
}
