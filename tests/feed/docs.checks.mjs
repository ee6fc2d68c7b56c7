// Runs the code of docs/change-feed.md.

import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { start, stop, temporaryDirectory } from "../better-auth/processes.mjs";
import { apiClient, mintJwt } from "../instances/client.mjs";
import { waitUntil } from "../instances/fleet.mjs";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/change-feed.md"), "utf8");

/** Runs the code block of a language. Asserts that the program prints tasks from before and after its start, and no deleted task. */
export async function expectDocumentedCodeToFollow({ nginx, language, program, file }) {
  const folder = temporaryDirectory("task-api-docs-");
  writeFileSync(join(folder, file), codeBlock(language));
  symlinkSync(resolve(import.meta.dirname, "node_modules"), join(folder, "node_modules"));
  const user = `reader-of-${language}`;
  const call = apiClient(user);
  const create = async (title) => (await call(nginx.origin, "POST", "", { body: { title } })).body.id;
  await create("before");
  const removed = await create("removed");
  const env = { PATH: process.env.PATH, TASKS_URL: `${nginx.origin}/api/${user}/tasks`, TOKEN: mintJwt(user) };
  const follower = start(program, [join(folder, file)], { cwd: folder, env });
  try {
    // The program prints after the first event. It may start after some of these.
    let number = 0;
    await waitUntil(`the first output of ${file}`, async () => {
      if (follower.child.exitCode !== null) throw new Error(follower.tail());
      number += 1;
      await create(`after ${number}`);
      return /before/.test(follower.tail());
    });
    await call(nginx.origin, "DELETE", `${removed}?permanent=true`);
    const last = () => follower.tail(1000).split("[").at(-1);
    await waitUntil(`the deletion in ${file}`, async () => !/removed/.test(last()) && last().includes(`after ${number}`));
  } finally {
    await stop(follower, "SIGKILL");
  }
}

function codeBlock(language) {
  const [, code] = page.split(`\`\`\`${language}\n`);
  assert.ok(code, `the page has code in ${language}`);
  return code.slice(0, code.indexOf("\n```") + 1);
}
