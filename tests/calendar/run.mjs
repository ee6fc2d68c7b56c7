// Reads an exported calendar with ical.js, the parser of Thunderbird's calendar.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";

import ICAL from "ical.js";

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

const tasks = [
  { title: "plain" },
  {
    title: 'comma, semicolon; colon: backslash \\ "quotes" ü 🦀',
    description: "first line\nsecond, line; and words enough to be folded over more than one line of the file 🦀🦀🦀",
    priority: "high",
    tags: ["a,b", "c;d", "🦀"],
    due_date: "2026-12-01T09:30:00Z",
    time_zone: "Europe/Vienna",
    remind_at: "2026-12-01T09:00:00Z",
    recurrence_rule: "FREQ=WEEKLY;BYDAY=MO,WE",
  },
  { title: "done", completed: true, due_date: "2026-12-01", priority: "low" },
];

const databaseUrl = `sqlite:${join(temporaryDirectory("task-api-calendar-"), "tasks.db")}`;
const service = await startService({ databaseUrl, betterAuthOrigin: "http://127.0.0.1:9", secret });
let checks = 0;
const expectEqual = (actual, expected) => (assert.deepEqual(actual, expected), (checks += 1));
try {
  const call = (path, init = {}) =>
    fetch(`${service.origin}/api/alice/tasks${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${mintJwt("alice")}`, "Content-Type": "application/json" },
    });
  for (const task of tasks) expectEqual((await call("", { method: "POST", body: JSON.stringify(task) })).status, 201);
  const response = await call("/export?format=ics");
  expectEqual(response.headers.get("content-type"), "text/calendar; charset=utf-8");
  const text = await response.text();
  for (const line of text.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75, `a line is longer than 75 bytes: ${line}`);
  const calendar = new ICAL.Component(ICAL.parse(text));
  expectEqual(calendar.getFirstPropertyValue("version"), "2.0");
  const todos = calendar.getAllSubcomponents("vtodo");
  expectEqual(todos.map((todo) => todo.getFirstPropertyValue("summary")), tasks.map((task) => task.title));
  const [plain, full, done] = todos;
  expectEqual(plain.getFirstPropertyValue("status"), "NEEDS-ACTION");
  expectEqual(plain.getFirstProperty("due"), null);
  expectEqual(full.getFirstPropertyValue("description"), tasks[1].description);
  expectEqual(full.getFirstProperty("categories").getValues(), tasks[1].tags);
  expectEqual(full.getFirstPropertyValue("priority"), 1);
  expectEqual(full.getFirstPropertyValue("due").toJSDate().toISOString(), "2026-12-01T09:30:00.000Z");
  expectEqual(full.getFirstPropertyValue("rrule").toString(), "FREQ=WEEKLY;BYDAY=MO,WE");
  const trigger = full.getFirstSubcomponent("valarm").getFirstPropertyValue("trigger");
  expectEqual(trigger.toJSDate().toISOString(), "2026-12-01T09:00:00.000Z");
  expectEqual(done.getFirstPropertyValue("status"), "COMPLETED");
  expectEqual([done.getFirstPropertyValue("due").isDate, done.getFirstPropertyValue("due").toString()], [true, "2026-12-01"]);
  expectEqual(new Set(todos.map((todo) => todo.getFirstPropertyValue("uid"))).size, 3);
  console.log(`calendar: ${checks} passed, 0 failed`);
} catch (error) {
  console.error(service.tail());
  throw error;
} finally {
  await service.close();
}
