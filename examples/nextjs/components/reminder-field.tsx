"use client";

import { format, formatDuration, intervalToDuration, isValid, parseISO, subMinutes } from "date-fns";
import { useState } from "react";

import { dateOf, isDay } from "@/lib/dates";

import type { Draft } from "./task-dialog";
import { Input, NativeSelect } from "./ui/input";

/** Minutes before the due time. For a whole day the reminder counts from 9:00. */
const leads = [0, 10, 30, 60, 24 * 60];

const dueTime = (due: string) => (isDay(due) ? parseISO(`${due}T09:00`) : dateOf(due));

function leadText(due: string, minutes: number): string {
  const base = isDay(due) ? "at 9:00" : "at the due time";
  if (minutes === 0) return isDay(due) ? "On the day at 9:00" : "At the due time";
  const text = formatDuration(intervalToDuration({ start: 0, end: minutes * 60_000 }));
  return minutes === 24 * 60 && isDay(due) ? `The day before ${base}` : `${text} before`;
}

/** Returns the change to another due date. The reminder moves with it. */
export function withDue({ due_date: old, remind_at: at }: Draft, due: string | null): Partial<Draft> {
  if (!old || !due || !at) return { due_date: due };
  const moved = dateOf(at).getTime() + dueTime(due).getTime() - dueTime(old).getTime();
  return { due_date: due, remind_at: new Date(moved).toISOString() };
}

type Props = { id: string; draft: Draft; onChange: (change: Partial<Draft>) => void };

/** Sets the reminder: some time before the due date, or at a time. */
export function ReminderField({ id, draft: { due_date: due, remind_at: at }, onChange }: Props) {
  const options = (due ? leads : []).filter((minutes) => !isDay(due!) || minutes === 0 || minutes === 24 * 60);
  const timeOf = (minutes: number) => subMinutes(dueTime(due!), minutes).toISOString();
  const lead = at && due ? options.find((minutes) => dateOf(timeOf(minutes)).getTime() === dateOf(at).getTime()) : undefined;
  const [isCustom, setIsCustom] = useState(at !== null && lead === undefined);

  const choose = (value: string) => {
    setIsCustom(value === "custom");
    if (value === "") onChange({ remind_at: null });
    else if (value !== "custom") onChange({ remind_at: timeOf(Number(value)) });
    else onChange({ remind_at: at ?? (due ? dueTime(due) : new Date(Date.now() + 3_600_000)).toISOString() });
  };

  return (
    <div className="flex flex-wrap gap-2">
      <NativeSelect
        id={id}
        className="flex-1 basis-40"
        value={isCustom || (at && lead === undefined) ? "custom" : (lead ?? "")}
        options={[["", "No reminder"], ...options.map((minutes) => [String(minutes), leadText(due!, minutes)] as const), ["custom", "At a time…"]]}
        onChoose={choose}
      />
      {at && (isCustom || lead === undefined) && (
        <Input
          type="datetime-local"
          aria-label="Time of the reminder"
          className="w-56"
          // Without it, Chromium takes years of six digits.
          max="9999-12-31T23:59"
          value={format(dateOf(at), "yyyy-MM-dd'T'HH:mm")}
          onChange={(event) => isValid(parseISO(event.target.value)) && onChange({ remind_at: parseISO(event.target.value).toISOString() })}
        />
      )}
    </div>
  );
}
