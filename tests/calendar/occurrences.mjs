// Compares the next occurrences of each rule: the service's, those of ical.js, and those of Python's recurring_ical_events.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";

import ICAL from "ical.js";

const data = resolve(import.meta.dirname, "../data/calendars");
const count = 10;

/** The due dates from which each rule counts. Their series are in the future, so no occurrence is missed. */
const anchors = [
  { due_date: "2027-01-04" },
  { due_date: "2027-01-31", time_zone: "America/New_York" },
  { due_date: "2027-01-04T08:30:00Z", time_zone: "Europe/Berlin" },
  { due_date: "2027-01-03T22:15:00Z", time_zone: "Australia/Lord_Howe" },
  { due_date: "2027-02-27T15:00:00Z", time_zone: "America/Santiago" },
  // 02:30, which the clock skips on the next day
  { due_date: "2027-03-27T01:30:00Z", time_zone: "Europe/Berlin" },
  { due_date: "2028-02-29", time_zone: "Asia/Tokyo" },
];

const { rules: furtherRules, "unsupported by ical.js": unsupported } = JSON.parse(readFileSync(join(data, "rules.json"), "utf8"));

/** Returns the rules of the test data: those of the calendars, and further ones. */
function rules() {
  const calendars = readdirSync(data).filter((name) => name.endsWith(".ics"));
  const lines = calendars.flatMap((name) => readFileSync(join(data, name), "utf8").split("\r\n"));
  const ofTasks = lines.filter((line) => /^rrule:/i.test(line)).map((line) => line.slice("RRULE:".length));
  return [...new Set([...furtherRules, ...ofTasks.map((rule) => rule.toUpperCase().replace(/;COUNT=-1|;$/g, ""))])];
}

/** Compares all series. `python` is an interpreter with recurring_ical_events. Returns the number of comparisons. */
export async function compareOccurrences(service, python) {
  const series = [];
  for (const [number, anchor] of anchors.entries()) {
    const user = service.user(`user-${number}`);
    for (const rule of rules().filter((rule) => isOfDays(rule) || anchor.due_date.includes("T"))) {
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
  for (const user of new Set(series.map((it) => it.user))) {
    const own = series.filter((it) => it.user === user);
    const dates = await user.nextDueDates(own.map((it) => it.task), count);
    for (const [index, it] of own.entries()) it.expected = dates[index].map(canonical);
  }
  const failures = [];
  const compare = (it, library, found) => {
    const dates = found.map(canonical);
    if (!isDeepStrictEqual(dates, it.expected)) failures.push({ library, task: it.task.title, zone: it.anchor.time_zone, dates, service: it.expected });
  };
  const supported = series.filter(isSupportedByIcalJs);
  for (const it of supported) compare(it, "ical.js", occurrencesOfIcalJs(it.todo));
  const requests = series.map(({ calendar, task }) => ({ calendar, from: task.due_date }));
  const options = { input: JSON.stringify({ count, requests }), maxBuffer: 64 << 20 };
  const found = JSON.parse(execFileSync(python, [join(import.meta.dirname, "occurrences.py")], options));
  for (const [index, it] of series.entries()) compare(it, "recurring_ical_events", found[index]);
  assert.deepEqual(failures, []);
  return series.length + supported.length;
}

/** Returns whether a rule has no times of day, which a day cannot have. */
function isOfDays(rule) {
  return !/BYHOUR|BYMINUTE|BYSECOND/.test(rule);
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
    if (next.compare(dtstart) > 0) found.push(next.isDate ? next.toString() : instant(next));
  }
  return found;
}

/** Returns whether ical.js 2.2.1 can expand a rule. It counts weeks and weekdays of a year wrongly, moves 29 February of a common year
 *  to 1 March, and ignores BYSETPOS with BYMONTHDAY. */
function isSupportedByIcalJs({ todo, rule, task }) {
  const written = todo.getFirstPropertyValue("rrule").toString();
  const isLeapDay = written === "FREQ=YEARLY" && task.due_date.includes("-02-29");
  return !unsupported.includes(rule) && !isLeapDay && !/BYSETPOS=.*BYMONTHDAY=|BYMONTHDAY=.*BYSETPOS=/.test(written);
}

/** Returns the instant of a local time as RFC 5545 (section 3.3.5) defines it: with the offset before a change, if the clock skips or
 *  repeats it. ical.js uses the other offset. */
function instant(time) {
  const local = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
  const { tzid } = time.zone;
  if (tzid === "UTC") return new Date(local).toISOString();
  const day = 86_400_000;
  const [before, after] = [local - day, local + day].map((at) => offset(at, tzid));
  const isAfter = offset(local - before, tzid) !== before && offset(local - after, tzid) === after;
  return new Date(local - (isAfter ? after : before)).toISOString();
}

/** Returns the offset of a zone at an instant, in milliseconds. */
function offset(at, timeZone) {
  const options = { timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-US", options).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - at;
}
