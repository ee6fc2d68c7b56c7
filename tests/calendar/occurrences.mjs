// Compares the next occurrences of each rule: the service's, those of ical.js, and those of Python's recurring_ical_events.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import ICAL from "ical.js";

const data = resolve(import.meta.dirname, "../data/calendars");
const count = 10;

/** The due dates from which each rule counts. Their series are in the future, so no occurrence is missed. */
const anchors = [
  { due_date: "2027-01-04" },
  { due_date: "2027-01-31", time_zone: "America/New_York" },
  { due_date: "2027-01-04T08:30:00Z" },
  { due_date: "2027-01-04T08:30:00Z", time_zone: "Europe/Berlin" },
  { due_date: "2027-01-03T22:15:00Z", time_zone: "Australia/Lord_Howe" },
  { due_date: "2027-02-27T15:00:00Z", time_zone: "America/Santiago" },
];

/** Returns the rules of the test data: those of the calendars, and further ones. */
function rules() {
  const { rules } = JSON.parse(readFileSync(join(data, "rules.json"), "utf8"));
  const calendars = readdirSync(data).filter((name) => name.endsWith(".ics"));
  const lines = calendars.flatMap((name) => readFileSync(join(data, name), "utf8").split("\r\n"));
  const ofTasks = lines.filter((line) => /^rrule:/i.test(line)).map((line) => line.slice("RRULE:".length));
  return [...new Set([...rules, ...ofTasks.map((rule) => rule.toUpperCase().replace(/;COUNT=-1|;$/g, ""))])];
}

/** Compares all series. `python` is an interpreter with recurring_ical_events. Returns the number of comparisons. */
export async function compareOccurrences(service, python) {
  const series = [];
  for (const [number, anchor] of anchors.entries()) {
    const user = service.user(`user-${number}`);
    for (const rule of rules()) {
      const task = await user.create({ title: `${rule} from ${anchor.due_date}`, recurrence_rule: rule, ...anchor });
      series.push({ user, task, rule, anchor });
    }
    for (const excluded_dates of [["2027-01-11", "2027-01-18"]]) {
      const rule = "FREQ=WEEKLY;BYDAY=MO";
      const task = await user.create({ title: "with excluded dates", recurrence_rule: rule, ...anchor, excluded_dates });
      series.push({ user, task, rule, anchor });
    }
    const calendar = ICAL.Component.fromString(await user.export());
    const todos = calendar.getAllSubcomponents("vtodo");
    for (const it of series.filter((it) => it.user === user)) {
      it.todo = todos.find((todo) => todo.getFirstPropertyValue("summary") === it.task.title);
      const zones = calendar.getAllSubcomponents("vtimezone").map((zone) => zone.toString());
      it.calendar = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", ...zones, it.todo.toString(), "END:VCALENDAR", ""].join("\r\n");
    }
  }
  for (const it of series) it.expected = (await it.user.nextDueDates(it.task, count)).map(canonical);
  let checks = 0;
  for (const it of series) {
    assert.deepEqual(occurrencesOfIcalJs(it.todo).map(canonical), it.expected, `ical.js: ${it.task.title} in ${it.anchor.time_zone}`);
    checks += 1;
  }
  const requests = series.map(({ calendar, task }) => ({ calendar, from: task.due_date }));
  const options = { input: JSON.stringify({ count, requests }), maxBuffer: 64 << 20 };
  const found = JSON.parse(execFileSync(python, [join(import.meta.dirname, "occurrences.py")], options));
  for (const [index, it] of series.entries()) {
    assert.deepEqual(found[index].map(canonical), it.expected, `Python: ${it.task.title} in ${it.anchor.time_zone}`);
    checks += 1;
  }
  return checks;
}

/** Returns an instant in UTC, or a day. */
function canonical(date) {
  return date.length === "2027-01-04".length ? date : new Date(date).toISOString();
}

/** Returns the occurrences after the first one. */
function occurrencesOfIcalJs(todo) {
  const dtstart = todo.getFirstPropertyValue("dtstart");
  const expansion = new ICAL.RecurExpansion({ component: todo, dtstart });
  const found = [];
  for (let next = expansion.next(); next && found.length < count; next = expansion.next()) {
    if (next.compare(dtstart) > 0) found.push(next.isDate ? next.toString() : next.toJSDate().toISOString());
  }
  return found;
}
