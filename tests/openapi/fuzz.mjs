// Schemathesis against the service, as two users at the same time, whose tasks stand side by side in one table.
//
//   node fuzz.mjs PROGRAM sqlite|DATABASE_URL short|long      PROGRAM: schemathesis' `st`; long: some thousand cases

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";

import { temporaryDirectory } from "../better-auth/processes.mjs";
import { startService } from "../better-auth/service.mjs";
import { token } from "./token.mjs";

const [program, database, length] = process.argv.slice(2);
const limits = {
  short: ["--phases", "examples,fuzzing,stateful", "--max-examples", "3"],
  long: ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "20"],
}[length];
const here = import.meta.dirname;
const secret = randomBytes(32).toString("base64");
const planted = 10;
const users = ["user-anna-5fQ2", "user-bert-8kR7"];
const titleOf = (user) => `title of ${user}'s:`;

const databaseUrl = database === "sqlite" ? `sqlite:${join(temporaryDirectory("task-api-fuzz-"), "tasks.db")}` : database;
const service = await startService({ databaseUrl, betterAuthOrigin: "http://127.0.0.1:9", secret, variables: { SQLITE_SYNCHRONOUS: "normal" } });

/** Tasks of both users by turns, so that each has every other id. */
async function plant() {
  for (let number = 1; number <= planted; number += 1) {
    for (const user of users) {
      const response = await fetch(`${service.origin}/api/tasks`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token(user, secret)}`, "Content-Type": "application/json" },
        body: JSON.stringify({ title: `${titleOf(user)} ${number}`, description: titleOf(user), tags: [titleOf(user)] }),
      });
      if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    }
  }
}

/** One run; answers its exit code and what it said. */
function run(user, other, seed) {
  const folder = temporaryDirectory("task-api-fuzz-run-");
  const env = {
    PATH: process.env.PATH, HOME: folder, PYTHONPATH: here, SCHEMATHESIS_HOOKS: "identity", PYTHONDONTWRITEBYTECODE: "1",
    FUZZ_TOKEN: token(user, secret), FUZZ_USER: user, FUZZ_OTHER_USER: other, FUZZ_OTHER_TITLE: titleOf(other),
    FUZZ_PLANTED: String(2 * planted),
  };
  const words = ["--config-file", join(here, "schemathesis.toml"), "--no-color", "run", `${service.origin}/openapi.json`];
  const child = spawn(resolve(program), [...words, ...limits, "--seed", String(seed)], { cwd: folder, env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ user, code, text }));
  });
}

let failed = false;
try {
  await plant();
  const seed = Number(process.env.FUZZ_SEED ?? randomBytes(4).readUInt32BE());
  const [anna, bert] = users;
  for (const { user, code, text } of await Promise.all([run(anna, bert, seed), run(bert, anna, seed + 1)])) {
    const count = Number(/(\d+) generated/.exec(text)?.[1] ?? 0);
    if (code !== 0 || count === 0) {
      failed = true;
      console.error(text);
    }
    console.log(`schemathesis as ${user}: ${count} cases, exit code ${code} (FUZZ_SEED=${seed})`);
  }
} finally {
  if (failed) console.error(service.tail());
  await service.close();
}
process.exitCode = failed ? 1 : 0;
