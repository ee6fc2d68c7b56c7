// Reads an exported calendar with ical.js, the parser of Thunderbird's calendar, and compares the occurrences of all rules.
//
// usage: node tests/calendar/run.mjs PYTHON
//
// PYTHON is an interpreter with the packages of requirements.txt.

import assert from "node:assert/strict";

import ICAL from "ical.js";

import { compareOccurrences } from "./occurrences.mjs";
import { startTaskService } from "./service.mjs";

const [python] = process.argv.slice(2);
if (!python) throw new Error("usage: node tests/calendar/run.mjs PYTHON");

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

const service = await startTaskService();
let checks = 0;
const expectEqual = (actual, expected) => (assert.deepEqual(actual, expected), (checks += 1));

async function readExport() {
  const alice = service.user("alice");
  for (const task of tasks) await alice.create(task);
  const response = await alice.call("/export?format=ics");
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
  for (const name of ["dtstart", "due"]) {
    expectEqual(full.getFirstProperty(name).getParameter("tzid"), "Europe/Vienna");
    expectEqual(full.getFirstPropertyValue(name).toJSDate().toISOString(), "2026-12-01T09:30:00.000Z");
  }
  expectEqual(full.getFirstPropertyValue("rrule").toString(), "FREQ=WEEKLY;BYDAY=MO,WE");
  const trigger = full.getFirstSubcomponent("valarm").getFirstPropertyValue("trigger");
  expectEqual(trigger.toJSDate().toISOString(), "2026-12-01T09:00:00.000Z");
  expectEqual(done.getFirstPropertyValue("status"), "COMPLETED");
  expectEqual([done.getFirstPropertyValue("due").isDate, done.getFirstPropertyValue("due").toString()], [true, "2026-12-01"]);
  expectEqual(new Set(todos.map((todo) => todo.getFirstPropertyValue("uid"))).size, 3);
}

try {
  await readExport();
  checks += await compareOccurrences(service, python);
  console.log(`calendar: ${checks} passed, 0 failed`);
} catch (error) {
  console.error(service.tail());
  throw error;
} finally {
  await service.close();
}
