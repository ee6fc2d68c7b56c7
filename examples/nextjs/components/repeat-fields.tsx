"use client";

import { useState } from "react";

import { today } from "@/lib/dates";
import { every, type Frequency, parseRule, type Recurrence, ruleText, units, type Weekday, weekdays, workdays, writeRule } from "@/lib/recurrence";

import type { Draft } from "./task-dialog";
import { Button } from "./ui/button";
import { Checkbox } from "./ui/checkbox";
import { Input, NativeSelect } from "./ui/input";

const presets: Record<string, Recurrence> = {
  "Every day": every("DAILY"),
  "Every weekday": every("WEEKLY", { weekdays: workdays }),
  "Every week": every("WEEKLY"),
  "Every month": every("MONTHLY"),
  "Every year": every("YEARLY"),
};

type Props = { id: string; draft: Draft; onChange: (change: Partial<Draft>) => void };

/** Sets whether a task repeats: by a preset, or by an interval, weekdays and an end. */
export function RepeatFields({ id, draft: { recurrence_rule: rule, repeat_from, due_date }, onChange }: Props) {
  const preset = Object.keys(presets).find((name) => writeRule(presets[name]!) === rule);
  const [isCustom, setIsCustom] = useState(rule !== null && !preset);
  const recurrence = rule ? parseRule(rule) : null;

  const write = (recurrence: Recurrence | null) =>
    onChange({ recurrence_rule: recurrence && writeRule(recurrence), ...(recurrence && !due_date && { due_date: today() }) });
  const choose = (value: string) => {
    setIsCustom(value === "custom");
    if (value !== "custom") write(presets[value] ?? null);
    else write(recurrence ?? every("WEEKLY"));
  };

  return (
    <div className="grid gap-2">
      <NativeSelect
        id={id}
        value={isCustom ? "custom" : (preset ?? "")}
        options={[["", "Does not repeat"], ...Object.keys(presets).map((name) => [name, name] as const), ["custom", "Custom…"]]}
        onChoose={choose}
      />
      {isCustom && recurrence && <Custom recurrence={recurrence} onChange={write} />}
      {rule && (
        <>
          <label className="flex items-center gap-2 text-sm">
            <Checkbox
              checked={repeat_from === "completion"}
              onCheckedChange={(checked) => onChange({ repeat_from: checked === true ? "completion" : "due_date" })}
            />
            Count from the completion
          </label>
          <p aria-live="polite" className="text-sm text-muted-foreground">
            Repeats {ruleText(rule, repeat_from)}.
          </p>
        </>
      )}
    </div>
  );
}

function Custom({ recurrence, onChange }: { recurrence: Recurrence; onChange: (recurrence: Recurrence) => void }) {
  const set = (change: Partial<Recurrence>) => onChange({ ...recurrence, ...change });
  const toggle = (day: Weekday) => {
    const days = recurrence.weekdays.includes(day) ? recurrence.weekdays.filter((other) => other !== day) : [...recurrence.weekdays, day];
    set({ weekdays: (Object.keys(weekdays) as Weekday[]).filter((day) => days.includes(day)) });
  };
  return (
    <fieldset className="flex flex-wrap items-center gap-2 text-sm">
      <legend className="sr-only">Custom repetition</legend>
      Every
      <Input
        type="number"
        aria-label="Interval"
        min={1}
        max={999}
        className="w-20"
        value={recurrence.interval}
        onChange={(event) => set({ interval: Math.min(999, Math.max(1, event.target.valueAsNumber || 1)) })}
      />
      <NativeSelect
        aria-label="Unit"
        className="w-28"
        value={recurrence.frequency}
        options={Object.entries(units).map(([frequency, unit]) => [frequency, `${unit}s`])}
        onChoose={(frequency) => set({ frequency: frequency as Frequency, weekdays: [] })}
      />
      <label className="flex items-center gap-2">
        until
        <Input type="date" className="w-40" max="9999-12-31" value={recurrence.until ?? ""} onChange={(event) => set({ until: event.target.value || null })} />
      </label>
      {recurrence.frequency === "WEEKLY" && (
        <div role="group" aria-label="Weekdays" className="flex w-full flex-wrap gap-1">
          {(Object.keys(weekdays) as Weekday[]).map((day) => {
            const isOn = recurrence.weekdays.includes(day);
            return (
              <Button
                key={day}
                variant={isOn ? "default" : "outline"}
                size="sm"
                className="px-2"
                aria-pressed={isOn}
                title={weekdays[day]}
                onClick={() => toggle(day)}
              >
                {weekdays[day].slice(0, 3)}
              </Button>
            );
          })}
        </div>
      )}
    </fieldset>
  );
}
