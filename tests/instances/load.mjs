// Simulated users that call the service concurrently. Each records the acknowledged writes and compares them with the stored tasks.

import assert from "node:assert/strict";
import { Agent } from "node:http";

import { apiClient } from "./client.mjs";

/** Starts `count` users. Each sends calls without a pause until `stop`. */
export function startLoad(origin, count) {
  const users = Array.from({ length: count }, (_, number) => new LoadUser(origin, `user-${number}`));
  let stopped = false;
  const loops = users.map(async (user) => {
    while (!stopped) await user.step();
  });
  const sum = (valueOf) => users.reduce((total, user) => total + valueOf(user), 0);
  return {
    /** Returns the number of calls with a response. */
    calls: () => sum((user) => user.calls),
    /** Stops the load and returns all failures. */
    async stop() {
      stopped = true;
      await Promise.all(loops);
      return users.flatMap((user) => user.failures);
    },
    /** Compares each user's recorded tasks with the stored tasks. Returns the number of recorded tasks. */
    async check() {
      for (const user of users) await user.check();
      return sum((user) => user.tasks.size);
    },
  };
}

class LoadUser {
  calls = 0;
  failures = [];
  /** The acknowledged tasks: id → title, completed, version, etag. */
  tasks = new Map();
  /** The titles and ids of tasks whose create or write got no expected response. */
  unconfirmed = new Set();
  #iteration = 0;

  constructor(origin, name) {
    this.origin = origin;
    this.name = name;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.send = apiClient(name);
  }

  /** Sends a call. Records a failure and returns null unless the response has the expected status. */
  async #call(status, method, path, options = {}) {
    const label = `${this.name} ${method} ${path || "the list"}`;
    try {
      const response = await this.send(this.origin, method, path, { ...options, agent: this.agent });
      this.calls += 1;
      if (response.status === status) return response;
      this.failures.push({ method, message: `${label}: ${response.status} instead of ${status}: ${response.text.slice(0, 200)}` });
    } catch (error) {
      this.failures.push({ method, message: `${label}: ${error.message}` });
    }
    return null;
  }

  /** Sends the next call of a cycle. Each user starts at another point of it. */
  async step() {
    const steps = [this.#create, this.#list, this.#patch, this.#get, this.#createTwice, this.#replace, this.#complete, this.#paginate, this.#remove];
    const iteration = this.#iteration++;
    await steps[(iteration + this.name.length + Number(this.name.split("-")[1])) % steps.length].call(this, iteration);
  }

  #pickId(iteration) {
    const ids = [...this.tasks.keys()];
    return ids[iteration % ids.length];
  }

  #record({ body, headers }) {
    this.tasks.set(body.id, { title: body.title, completed: body.completed, version: body.version, etag: headers.etag });
  }

  #create = async (iteration) => {
    const title = `plain ${iteration}`;
    const response = await this.#call(201, "POST", "", { body: { title } });
    if (response) this.#record(response);
    else this.unconfirmed.add(title);
  };

  /** Sends a create twice. Any instance must replay the stored response. */
  #createTwice = async (iteration) => {
    const title = `once ${iteration}`;
    const options = { body: { title }, headers: { "idempotency-key": `${this.name}-${iteration}` } };
    const first = await this.#call(201, "POST", "", options);
    const second = await this.#call(201, "POST", "", options);
    if (first && second && (second.body.id !== first.body.id || second.headers["idempotent-replayed"] !== "true")) {
      this.failures.push({ method: "POST", message: `${this.name}: a repeated create was not replayed: ${second.text}` });
    }
    if (second ?? first) this.#record(second ?? first);
    else this.unconfirmed.add(title);
  };

  async #write(iteration, method, suffix, body) {
    const id = this.#pickId(iteration);
    if (id === undefined) return;
    const response = await this.#call(200, method, `${id}${suffix}`, { body, headers: { "if-match": this.tasks.get(id).etag } });
    if (!response) {
      this.unconfirmed.add(id);
      this.tasks.delete(id);
    } else if (method === "DELETE") this.tasks.delete(id);
    else this.#record(response);
  }

  #patch = (iteration) => this.#write(iteration, "PATCH", "", { title: `changed ${iteration}` });
  #replace = (iteration) => this.#write(iteration, "PUT", "", { title: `replaced ${iteration}`, tags: ["load"] });
  #complete = (iteration) => this.#write(iteration, "PATCH", "/complete", { completed: iteration % 2 === 0 });
  #remove = (iteration) => (this.tasks.size > 20 ? this.#write(iteration, "DELETE", "") : this.#create(iteration));

  #get = async (iteration) => {
    const id = this.#pickId(iteration);
    if (id !== undefined) await this.#call(304, "GET", `${id}`, { headers: { "if-none-match": this.tasks.get(id).etag } });
  };

  #list = () => this.#call(200, "GET", "/api/tasks?limit=20&status=pending");

  /** Reads all pages, each from any instance. No other client writes, so they must match the recorded tasks. */
  #paginate = async () => {
    const tasks = await this.#listAll(7);
    if (tasks && this.unconfirmed.size === 0) this.#compare(tasks);
  };

  async #listAll(limit) {
    const tasks = [];
    for (let path = `/api/${this.name}/tasks?limit=${limit}`; path; ) {
      const response = await this.#call(200, "GET", path);
      if (!response) return null;
      tasks.push(...response.body);
      path = /<([^>]+)>; rel="next"/.exec(response.headers.link ?? "")?.[1];
    }
    return tasks;
  }

  #compare(tasks) {
    try {
      this.#expectRecorded(tasks);
    } catch (error) {
      this.failures.push({ method: "GET", message: `${this.name}: ${error.message}` });
    }
  }

  #expectRecorded(tasks) {
    const confirmed = tasks.filter(({ id, title }) => !this.unconfirmed.has(id) && !this.unconfirmed.has(title));
    const describe = ({ id, title, completed, version }) => `${id} ${title} ${completed} ${version}`;
    const recorded = [...this.tasks].map(([id, task]) => describe({ id, ...task }));
    assert.deepEqual(confirmed.map(describe).sort(), recorded.sort(), "the stored tasks are the acknowledged tasks");
    assert.equal(new Set(tasks.map(({ title, id }) => (title.startsWith("once") ? title : id))).size, tasks.length, "no task is stored twice");
  }

  /** Reads all stored tasks and compares them with the recorded tasks. */
  async check() {
    const tasks = await this.#listAll(100);
    assert.ok(tasks, `${this.name}: the list is read: ${this.failures.at(-1)?.message}`);
    this.#expectRecorded(tasks);
  }
}
