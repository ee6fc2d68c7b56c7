// People who use the service at the same time, each with a memory of what was acknowledged: in the end the service must hold just that.

import assert from "node:assert/strict";
import { Agent } from "node:http";

import { caller } from "./client.mjs";

/** Starts `count` users who call without a pause until they are stopped. */
export function startLoad(origin, count) {
  const users = Array.from({ length: count }, (_, number) => new User(origin, `user-${number}`));
  let stopped = false;
  const runs = users.map(async (user) => {
    while (!stopped) await user.step();
  });
  const sum = (of) => users.reduce((all, user) => all + of(user), 0);
  return {
    /** How many calls were answered. */
    calls: () => sum((user) => user.calls),
    /** Ends the load and answers every failure of it. */
    async stop() {
      stopped = true;
      await Promise.all(runs);
      return users.flatMap((user) => user.failures);
    },
    /** Compares what everybody remembers with what there is. */
    async check() {
      for (const user of users) await user.check();
      return sum((user) => user.tasks.size);
    },
  };
}

class User {
  calls = 0;
  failures = [];
  /** What must be there: id → title, completed, version, etag. */
  tasks = new Map();
  /** Titles of creates whose answer never came, and ids of tasks that a call without an answer was about. */
  unknown = new Set();
  #turn = 0;

  constructor(origin, name) {
    this.origin = origin;
    this.name = name;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.ask = caller(name);
  }

  /** One call with its expected status; null, and a failure noted, where it came otherwise. */
  async #call(status, method, path, options = {}) {
    const what = `${this.name} ${method} ${path || "the list"}`;
    try {
      const answer = await this.ask(this.origin, method, path, { ...options, agent: this.agent });
      this.calls += 1;
      if (answer.status === status) return answer;
      this.failures.push({ method, what: `${what}: ${answer.status} instead of ${status}: ${answer.text.slice(0, 200)}` });
    } catch (error) {
      this.failures.push({ method, what: `${what}: ${error.message}` });
    }
    return null;
  }

  /** The next of a round of calls; every user begins elsewhere in it. */
  async step() {
    const steps = [this.#create, this.#list, this.#change, this.#get, this.#createOnce, this.#replace, this.#complete, this.#pages, this.#remove];
    const turn = this.#turn++;
    await steps[(turn + this.name.length + Number(this.name.split("-")[1])) % steps.length].call(this, turn);
  }

  #some(turn) {
    const known = [...this.tasks.keys()];
    return known[turn % known.length];
  }

  #keep({ body, headers }) {
    this.tasks.set(body.id, { title: body.title, completed: body.completed, version: body.version, etag: headers.etag });
  }

  #create = async (turn) => {
    const title = `plain ${turn}`;
    const answer = await this.#call(201, "POST", "", { body: { title } });
    if (answer) this.#keep(answer);
    else this.unknown.add(title);
  };

  /** Sent twice: the second time it is answered from memory, by whichever instance. */
  #createOnce = async (turn) => {
    const title = `once ${turn}`;
    const options = { body: { title }, headers: { "idempotency-key": `${this.name}-${turn}` } };
    const first = await this.#call(201, "POST", "", options);
    const second = await this.#call(201, "POST", "", options);
    if (first && second && (second.body.id !== first.body.id || second.headers["idempotent-replayed"] !== "true")) {
      this.failures.push({ method: "POST", what: `${this.name}: a repeated create was done again: ${second.text}` });
    }
    if (second ?? first) this.#keep(second ?? first);
    else this.unknown.add(title);
  };

  async #write(turn, method, suffix, body) {
    const id = this.#some(turn);
    if (id === undefined) return;
    const answer = await this.#call(200, method, `${id}${suffix}`, { body, headers: { "if-match": this.tasks.get(id).etag } });
    if (!answer) {
      this.unknown.add(id);
      this.tasks.delete(id);
    } else if (method === "DELETE") this.tasks.delete(id);
    else this.#keep(answer);
  }

  #change = (turn) => this.#write(turn, "PATCH", "", { title: `changed ${turn}` });
  #replace = (turn) => this.#write(turn, "PUT", "", { title: `replaced ${turn}`, tags: ["load"] });
  #complete = (turn) => this.#write(turn, "PATCH", "/complete", { completed: turn % 2 === 0 });
  #remove = (turn) => (this.tasks.size > 20 ? this.#write(turn, "DELETE", "") : this.#create(turn));

  #get = async (turn) => {
    const id = this.#some(turn);
    if (id !== undefined) await this.#call(304, "GET", `${id}`, { headers: { "if-none-match": this.tasks.get(id).etag } });
  };

  #list = () => this.#call(200, "GET", "/api/tasks?limit=20&status=pending");

  /** Page by page, each from whichever instance: what is seen is what is remembered, while nobody else writes. */
  #pages = async () => {
    const seen = await this.#all(7);
    if (seen && this.unknown.size === 0) this.#compare(seen);
  };

  async #all(limit) {
    const seen = [];
    for (let path = `/api/${this.name}/tasks?limit=${limit}`; path; ) {
      const answer = await this.#call(200, "GET", path);
      if (!answer) return null;
      seen.push(...answer.body);
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.link ?? "")?.[1];
    }
    return seen;
  }

  #compare(seen) {
    try {
      this.#same(seen);
    } catch (error) {
      this.failures.push({ method: "GET", what: `${this.name}: ${error.message}` });
    }
  }

  #same(seen) {
    const known = seen.filter(({ id, title }) => !this.unknown.has(id) && !this.unknown.has(title));
    const shown = ({ id, title, completed, version }) => `${id} ${title} ${completed} ${version}`;
    const remembered = [...this.tasks].map(([id, task]) => shown({ id, ...task }));
    assert.deepEqual(known.map(shown).sort(), remembered.sort(), "what is there is what was acknowledged");
    assert.equal(new Set(seen.map(({ title, id }) => (title.startsWith("once") ? title : id))).size, seen.length, "nothing is there twice");
  }

  async check() {
    const seen = await this.#all(100);
    assert.ok(seen, `${this.name}: the list can be read: ${this.failures.at(-1)?.what}`);
    this.#same(seen);
  }
}
