"use client";

import { CalendarIcon } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";

import { dateOf, dayOf, dueAt, dueText, nextWeek, timeOf, timeZone, toDay, today, tomorrow } from "@/lib/dates";

import { Button } from "./ui/button";
import { Input } from "./ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "./ui/popover";

/** Loaded when the field is opened. As high as the calendar, so that nothing moves. */
const Calendar = dynamic(() => import("./ui/calendar").then(({ Calendar }) => Calendar), { loading: () => <div className="h-[308px]" /> });

/** Gives the focus to the day that is chosen, or to today. */
function focusCalendar(event: Event) {
  event.preventDefault();
  (event.currentTarget as HTMLElement).querySelector<HTMLElement>("[role=grid] button[tabindex='0']")?.focus();
}

type Props = { id: string; value: string | null; onChange: (value: string | null) => void };

/** Chooses a day by a calendar, with or without a time in the browser's time zone. */
export function DateField({ id, value, onChange }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const day = value ? dayOf(value) : "";
  const time = value ? timeOf(value) : "";
  const choose = (day: string) => {
    onChange(day ? dueAt(day, time) : null);
    setIsOpen(false);
  };
  const shortcut = (label: string, day: string) => (
    <Button variant="secondary" size="sm" className="px-2" onClick={() => choose(day)}>
      {label}
    </Button>
  );
  return (
    <Popover open={isOpen} onOpenChange={setIsOpen}>
      <PopoverTrigger asChild>
        <Button id={id} variant="outline" className="justify-start px-3 font-normal" aria-description={value ? dueText(value) : "No date"}>
          <CalendarIcon className="text-muted-foreground" />
          {value ? dueText(value) : <span className="text-muted-foreground">No date</span>}
        </Button>
      </PopoverTrigger>
      <PopoverContent aria-label="Choose a date" className="w-auto" onOpenAutoFocus={focusCalendar}>
        <div className="flex gap-1 pb-2">
          {shortcut("Today", today())}
          {shortcut("Tomorrow", tomorrow())}
          {shortcut("Next week", nextWeek())}
          {value && shortcut("No date", "")}
        </div>
        <Calendar
          mode="single"
          autoFocus
          fixedWeeks
          showOutsideDays
          weekStartsOn={1}
          selected={day ? dateOf(day) : undefined}
          defaultMonth={day ? dateOf(day) : undefined}
          onSelect={(date?: Date) => choose(date ? toDay(date) : day)}
        />
        <div className="flex items-center gap-2 border-t pt-2 text-sm">
          <label htmlFor={`${id}-time`}>Time</label>
          <Input
            id={`${id}-time`}
            type="time"
            className="w-32"
            value={time}
            onChange={(event) => onChange(dueAt(day || today(), event.target.value))}
          />
          <span className="truncate text-xs text-muted-foreground">{timeZone()}</span>
        </div>
      </PopoverContent>
    </Popover>
  );
}
