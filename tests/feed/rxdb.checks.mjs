// Checks that two RxDB clients and the service agree in the end, although instances and PostgreSQL are killed.

import assert from "node:assert/strict";

import { openTasks } from "../../examples/rxdb/open-tasks.mjs";
import { newTask } from "../../examples/rxdb/task-schema.mjs";
import { apiClient, mintJwt } from "../instances/client.mjs";
import { waitUntil } from "../instances/fleet.mjs";

const user = "replicated";

/** Runs `writes` local writes of two clients. `interrupt` is called once between each `writes / interruptions` of them. */
export async function expectStoresToAgree({ nginx, writes, interruptions, interrupt }) {
  const clients = await Promise.all(["left", "right"].map((name) => Client.open(name, nginx.origin)));
  const [left, right] = clients;
  const interrupted = [];
  for (let number = 0; number < writes; number += 1) {
    await clients[number % 2].step(Math.floor(number / 2));
    if (number % Math.ceil(writes / interruptions) === 10) interrupted.push(interrupt());
    // Bounds how far the local store is ahead. Writes continue during an interruption.
    if (number % 40 === 39) await Promise.race([left.replication.awaitInSync(), ...interrupted.slice(-1)]);
  }
  await Promise.all(interrupted);

  const expected = new Map([...left.written, ...right.written]);
  const deleted = [...left.removed, ...right.removed];
  const description = ([uid, title]) => `${uid} ${title}`;
  const wanted = [...expected].map(description).sort();
  const stores = [
    ["the service", () => readService(nginx.origin)],
    ["left", () => left.read()],
    ["right", () => right.read()],
  ];
  let found;
  for (const [name, read] of stores) {
    await waitUntil(`the tasks of ${name}`, async () => {
      const tasks = await read();
      if (!tasks) return false;
      found = tasks.map(description).sort();
      return JSON.stringify(found) === JSON.stringify(wanted);
    }).catch(() => assert.deepEqual(found, wanted, `no write is lost in ${name}`));
    const uids = new Set(found.map((line) => line.split(" ")[0]));
    assert.ok(!deleted.some((uid) => uids.has(uid)), `no deleted task came back in ${name}`);
  }
  for (const client of clients) await client.close();
  return { tasks: wanted.length, deleted: deleted.length };
}

/** A client that creates, changes and permanently deletes its own tasks, and remembers what it wrote. */
class Client {
  /** uid → title */
  written = new Map();
  removed = [];

  static async open(name, origin) {
    const authorization = `Bearer ${mintJwt(user)}`;
    const url = `${origin}/api/${user}/tasks`;
    const opened = await openTasks({ name: `${name}-${Date.now()}`, url, authorize: async () => ({ authorization }) });
    const client = Object.assign(new Client(), opened, { name });
    await client.replication.awaitInitialReplication();
    return client;
  }

  async step(number) {
    const uids = [...this.written.keys()];
    const uid = uids[(number * 7) % Math.max(uids.length, 1)];
    if (uids.length < 5 || number % 4 === 0) await this.#create(`${this.name} ${number}`);
    else if (number % 4 === 3) await this.#remove(uid);
    else await this.#rename(uid, `${this.name} ${number} renamed`);
  }

  async #create(title) {
    const { uid } = await this.tasks.insert(newTask({ title }));
    this.written.set(uid, title);
  }

  async #rename(uid, title) {
    const document = await this.tasks.findOne(uid).exec();
    await document.incrementalPatch({ title });
    this.written.set(uid, title);
  }

  async #remove(uid) {
    const document = await this.tasks.findOne(uid).exec();
    await document.incrementalRemove();
    this.written.delete(uid);
    this.removed.push(uid);
  }

  async read() {
    return (await this.tasks.find().exec()).map(({ uid, title }) => [uid, title]);
  }

  async close() {
    await this.replication.cancel();
    await this.database.close();
  }
}

/** Returns the uid and the title of each task; `null` if the service is unavailable, as with a connection from before a kill. */
async function readService(origin) {
  const call = apiClient(user);
  const tasks = [];
  for (let page = { more: true, next: null }; page.more; ) {
    const response = await call(origin, "GET", `changes?limit=100${page.next ? `&since=${page.next}` : ""}`);
    if (response.status === 503) return null;
    assert.equal(response.status, 200, response.text);
    page = response.body;
    tasks.push(...page.changes.filter(({ deleted }) => !deleted).map(({ uid, task }) => [uid, task.title]));
  }
  return tasks;
}
