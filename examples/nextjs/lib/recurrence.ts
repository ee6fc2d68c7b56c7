// Recurrence rules (RFC 5545) that the form can show: every n days, weeks, months or years, on weekdays, until a day.

import { dateOf } from "./dates";
import { format } from "date-fns";

export const units = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" } as const;

export type Frequency = keyof typeof units;

export const weekdays = { MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday" } as const;

export type Weekday = keyof typeof weekdays;

export const workdays: Weekday[] = ["MO", "TU", "WE", "TH", "FR"];

export type Recurrence = { frequency: Frequency; interval: number; weekdays: Weekday[]; until: string | null; count: number | null };

export const every = (frequency: Frequency, change: Partial<Recurrence> = {}): Recurrence => ({
  ...{ frequency, interval: 1, weekdays: [], until: null, count: null },
  ...change,
});

/** Parses a rule. Returns `null` for a rule that the form cannot show. */
export function parseRule(rule: string): Recurrence | null {
  const parts = new Map(rule.split(";").map((part) => part.split("=", 2) as [string, string]));
  const known = ["FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "SKIP", "RSCALE", "WKST"];
  const frequency = (Object.keys(units) as Frequency[]).find((name) => name === parts.get("FREQ"));
  const days = parts.get("BYDAY")?.split(",") ?? [];
  const areKnown = [...parts.keys()].every((name) => known.includes(name)) && days.every((day) => day in weekdays);
  if (!frequency || !areKnown || (days.length > 0 && frequency !== "WEEKLY")) return null;
  const until = parts.get("UNTIL");
  return {
    frequency,
    interval: Number(parts.get("INTERVAL") ?? 1),
    weekdays: days as Weekday[],
    until: until ? `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}` : null,
    count: parts.has("COUNT") ? Number(parts.get("COUNT")) : null,
  };
}

/** Writes a rule. A month without the day has the task on its last day. */
export function writeRule({ frequency, interval, weekdays, until, count }: Recurrence): string {
  const isLong = frequency === "MONTHLY" || frequency === "YEARLY";
  const parts = [
    isLong && "RSCALE=GREGORIAN",
    `FREQ=${frequency}`,
    isLong && "SKIP=BACKWARD",
    interval > 1 && `INTERVAL=${interval}`,
    frequency === "WEEKLY" && weekdays.length > 0 && `BYDAY=${weekdays.join(",")}`,
    until && `UNTIL=${until.replaceAll("-", "")}`,
    !until && count && `COUNT=${count}`,
  ];
  return parts.filter(Boolean).join(";");
}

/** Describes a rule: `every 2 weeks on Mon, Fri until 1 Dec 2026`. */
export function ruleText(rule: string, repeatFrom: "due_date" | "completion" = "due_date"): string {
  const parsed = parseRule(rule);
  if (!parsed) return "by a custom rule";
  const { frequency, interval, until, count } = parsed;
  const unit = units[frequency];
  const isWorkdays = frequency === "WEEKLY" && interval === 1 && String(parsed.weekdays) === String(workdays);
  const texts = [
    isWorkdays ? "every weekday" : interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`,
    !isWorkdays && parsed.weekdays.length > 0 && `on ${parsed.weekdays.map((day) => weekdays[day].slice(0, 3)).join(", ")}`,
    until && `until ${format(dateOf(until), "d MMM yyyy")}`,
    count && `${count} more times`,
    repeatFrom === "completion" && "after completion",
  ];
  return texts.filter(Boolean).join(" ");
}
