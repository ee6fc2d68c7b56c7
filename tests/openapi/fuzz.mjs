// Runs Schemathesis against the service as two users at the same time, with the tasks of both in one table.
//
//   node fuzz.mjs PROGRAM sqlite|DATABASE_URL short|long      PROGRAM: the path of Schemathesis' `st`; long: several thousand cases

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";

import { temporaryDirectory } from "../better-auth/processes.mjs";
import { startService } from "../better-auth/service.mjs";
import { mintJwt } from "./token.mjs";

const [program, database, length] = process.argv.slice(2);
const phaseOptions = {
  short: ["--phases", "examples,fuzzing,stateful", "--max-examples", "3"],
  long: ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "20"],
}[length];
const directory = import.meta.dirname;
const secret = randomBytes(32).toString("base64");
const tasksPerUser = 10;
const users = ["user-anna-5fQ2", "user-bert-8kR7"];
const titleOf = (user) => `title of ${user}'s:`;

const databaseUrl = database === "sqlite" ? `sqlite:${join(temporaryDirectory("task-api-fuzz-"), "tasks.db")}` : database;
const service = await startService({ databaseUrl, betterAuthOrigin: "http://127.0.0.1:9", secret, variables: { SQLITE_SYNCHRONOUS: "normal" } });

/** Creates tasks of both users in turns, so each user owns every second id. */
async function createTasks() {
  for (let number = 1; number <= tasksPerUser; number += 1) {
    for (const user of users) {
      const response = await fetch(`${service.origin}/api/tasks`, {
        method: "POST",
        headers: { Authorization: `Bearer ${mintJwt(user, secret)}`, "Content-Type": "application/json" },
        body: JSON.stringify({ title: `${titleOf(user)} ${number}`, description: titleOf(user), tags: [titleOf(user)] }),
      });
      if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    }
  }
}

/** Runs Schemathesis as `user`. Returns the user, the exit code and the output. */
function runSchemathesis(user, otherUser, seed) {
  const folder = temporaryDirectory("task-api-fuzz-run-");
  const env = {
    PATH: process.env.PATH, HOME: folder, PYTHONPATH: directory, SCHEMATHESIS_HOOKS: "identity", PYTHONDONTWRITEBYTECODE: "1",
    FUZZ_TOKEN: mintJwt(user, secret), FUZZ_USER: user, FUZZ_OTHER_USER: otherUser, FUZZ_OTHER_TITLE: titleOf(otherUser),
    FUZZ_TASK_COUNT: String(2 * tasksPerUser),
  };
  const globalArguments = ["--config-file", join(directory, "schemathesis.toml"), "--no-color", "run", `${service.origin}/openapi.json`];
  const child = spawn(resolve(program), [...globalArguments, ...phaseOptions, "--seed", String(seed)], { cwd: folder, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ user, code, output }));
  });
}

let failed = false;
try {
  await createTasks();
  const seed = Number(process.env.FUZZ_SEED ?? randomBytes(4).readUInt32BE());
  const [anna, bert] = users;
  for (const { user, code, output } of await Promise.all([runSchemathesis(anna, bert, seed), runSchemathesis(bert, anna, seed + 1)])) {
    const count = Number(/(\d+) generated/.exec(output)?.[1] ?? 0);
    if (code !== 0 || count === 0) {
      failed = true;
      console.error(output);
    }
    console.log(`schemathesis as ${user}: ${count} cases, exit code ${code} (FUZZ_SEED=${seed})`);
  }
} finally {
  if (failed) console.error(service.tail());
  await service.close();
}
process.exitCode = failed ? 1 : 0;
