// Reads a task from one line: `pay rent tomorrow 9am #home !high every month`.

import * as chrono from "chrono-node/en";
import { addDays, getISODay } from "date-fns";

import { dueAt, timeZone, toDay } from "./dates";
import { every, type Frequency, type Recurrence, units, type Weekday, weekdays, workdays, writeRule } from "./recurrence";
import type { NewTask, Priority } from "./task";

export type Part = "due" | "repeat" | "priority" | "tags";

/** The task, and the text that stands for each part. */
export type Understood = { task: NewTask; texts: Partial<Record<Part, string>> };

const weekdayNames = Object.values(weekdays).join("|");
const repeatPattern = new RegExp(
  `\\bevery\\s+(?:(\\d{1,3}|other)\\s+)?(days?|weeks?|months?|years?|weekdays?|workdays?|(?:${weekdayNames})s?)\\b|\\b(daily|weekly|monthly|yearly)\\b`,
  "i",
);

/** Parses a line. Leaves the parts in `ignored` in the title. `now` is the time that `tomorrow` refers to. */
export function understand(line: string, ignored: Part[] = [], now = new Date()): Understood {
  const texts: Understood["texts"] = {};
  const task: NewTask = { title: line };
  let rest = line;
  const take = (part: Part, text: string) => {
    texts[part] = [texts[part], text.trim()].filter(Boolean).join(" ");
    rest = rest.replace(text, " ");
  };

  if (!ignored.includes("tags")) {
    const tags = [...line.matchAll(/(?<=^|\s)#([^\s#,!]{1,50})/g)];
    if (tags.length > 0) task.tags = [...new Set(tags.map(([, tag]) => tag!))];
    for (const [text] of tags) take("tags", text);
  }
  const priority = /(?<=^|\s)!(high|medium|low|none)(?=\s|$)/i.exec(rest);
  if (priority && !ignored.includes("priority")) {
    task.priority = priority[1]!.toLowerCase() as Priority;
    take("priority", priority[0]);
  }
  const repeat = repeatPattern.exec(rest);
  const recurrence = repeat && !ignored.includes("repeat") ? readRepeat(repeat) : null;
  if (recurrence) take("repeat", repeat![0]);
  const found = ignored.includes("due") ? undefined : chrono.casual.parse(rest, now, { forwardDate: true })[0];
  if (found) {
    const date = found.start.date();
    const time = found.start.isCertain("hour") ? `${pad(date.getHours())}:${pad(date.getMinutes())}` : "";
    task.due_date = dueAt(toDay(date), time);
    take("due", found.text);
  }
  if (recurrence) {
    task.recurrence_rule = writeRule(recurrence);
    task.time_zone = timeZone();
    // A rule needs a first day.
    task.due_date ??= firstDay(recurrence, now);
  }
  task.title = rest.replace(/\s+(at|on|by|for)\s*$/i, "").replace(/\s+/g, " ").trim();
  return { task, texts };
}

function readRepeat([, count, unit = "", adverb = ""]: RegExpExecArray): Recurrence {
  const interval = count === "other" ? 2 : Math.max(1, Number(count ?? 1));
  const word = unit.toLowerCase().replace(/s$/, "");
  if (word === "weekday" || word === "workday") return every("WEEKLY", { weekdays: workdays });
  const day = (Object.keys(weekdays) as Weekday[]).find((key) => weekdays[key].toLowerCase() === word);
  if (day) return every("WEEKLY", { interval, weekdays: [day] });
  const frequencies = Object.keys(units) as Frequency[];
  return every(frequencies.find((key) => units[key] === word || key === adverb.toUpperCase()) ?? "DAILY", { interval });
}

function firstDay({ weekdays: days }: Recurrence, now: Date): string {
  const numbers = days.map((day) => Object.keys(weekdays).indexOf(day) + 1);
  const offset = [0, 1, 2, 3, 4, 5, 6].find((days) => numbers.includes(getISODay(addDays(now, days))));
  return toDay(addDays(now, offset ?? 0));
}

const pad = (part: number) => String(part).padStart(2, "0");
