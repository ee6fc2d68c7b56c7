// Due dates: a day, or an instant. An instant is shown in the time zone of the browser.

import { addDays, addWeeks, differenceInCalendarDays, format, isBefore, parseISO, startOfDay } from "date-fns";

export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const isDay = (due: string) => due.length === 10;

/** Parses a due date. A day begins at midnight in the time zone of the browser. */
export const dateOf = (due: string): Date => parseISO(due);

/** The day of a due date in the time zone of the browser: `2026-12-01`. */
export const dayOf = (due: string): string => (isDay(due) ? due : format(dateOf(due), "yyyy-MM-dd"));

export const toDay = (date: Date) => format(date, "yyyy-MM-dd");

/** The time of day of a due date: `09:00`; "" for a day. */
export const timeOf = (due: string): string => (isDay(due) ? "" : format(dateOf(due), "HH:mm"));

/** Returns the due date of a day and a time of the browser's time zone. Without a time it is the whole day. */
export const dueAt = (day: string, time: string): string => (time ? parseISO(`${day}T${time}`).toISOString() : day);

export const today = () => toDay(new Date());
export const tomorrow = () => toDay(addDays(new Date(), 1));
export const nextWeek = () => toDay(addWeeks(new Date(), 1));

export const isOverdue = (due: string) => (isDay(due) ? due < today() : isBefore(dateOf(due), new Date()));

/** Describes a day: `Today`, `Tomorrow`, `Friday`, `1 Dec 2031`. */
export function dayText(day: string): string {
  const date = dateOf(day);
  const days = differenceInCalendarDays(date, startOfDay(new Date()));
  if (days >= -1 && days <= 1) return ["Yesterday", "Today", "Tomorrow"][days + 1]!;
  return format(date, days > 1 && days < 7 ? "EEEE" : "d MMM yyyy");
}

/** Describes a due date or an instant: `Today, 09:00`. */
export const dueText = (due: string) => [dayText(dayOf(due)), timeOf(due)].filter(Boolean).join(", ");
