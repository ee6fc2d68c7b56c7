// The service with one user's tasks.

import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";

import { temporaryDirectory } from "../better-auth/processes.mjs";
import { startService } from "../better-auth/service.mjs";

const secret = randomBytes(32).toString("base64");

/** Mints an HS256 JWT of this user, valid for 15 minutes. */
function mintJwt(user) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + 900;
  const message = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: user, exp })}`;
  return `${message}.${createHmac("sha256", secret).update(message).digest("base64url")}`;
}

/** Starts the service on an empty SQLite database. */
export async function startTaskService() {
  const databaseUrl = `sqlite:${join(temporaryDirectory("task-api-calendar-"), "tasks.db")}`;
  const service = await startService({ databaseUrl, betterAuthOrigin: "http://127.0.0.1:9", secret });
  return { ...service, user: (name) => new User(service.origin, name) };
}

/** One user's calls. */
export class User {
  constructor(origin, name) {
    this.path = `${origin}/api/${name}/tasks`;
    this.headers = { Authorization: `Bearer ${mintJwt(name)}` };
  }

  /** Sends a request with a JSON body. Returns the response; throws unless its status is `status`. */
  async call(path, { method = "GET", body, type = "application/json", status = 200 } = {}) {
    const content = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await fetch(this.path + path, { method, headers: { ...this.headers, "Content-Type": type }, ...content });
    if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** Creates a task. */
  async create(task) {
    return (await this.call("", { method: "POST", body: task, status: 201 })).json();
  }

  /** Imports a calendar. Returns the report. */
  async import(calendar) {
    return (await this.call("/import", { method: "POST", body: calendar, type: "text/calendar" })).json();
  }

  /** Returns the exported calendar. */
  async export() {
    return (await this.call("/export?format=ics")).text();
  }

  /** Completes repeating tasks and their next occurrences, `count` times. Returns the due dates of the occurrences of each task. */
  async nextDueDates(tasks, count) {
    const dates = new Map(tasks.map((task) => [task.id, []]));
    let current = tasks.map((task) => task.id);
    for (let round = 0; round < count && current.length > 0; round += 1) {
      const operations = current.map((id) => ({ op: "complete", id, completed: true }));
      await this.call("/bulk", { method: "POST", body: { operations } });
      const pending = await (await this.call("?status=pending")).json();
      const next = pending.filter((task) => dates.has(task.series_id));
      for (const task of next) dates.get(task.series_id).push(task.due_date);
      current = next.map((task) => task.id);
    }
    return tasks.map((task) => dates.get(task.id));
  }
}
