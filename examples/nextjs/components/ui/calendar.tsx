"use client";

import { format } from "date-fns";
import { ChevronLeftIcon, ChevronRightIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { DayPicker } from "react-day-picker";

import { buttonVariants } from "./button";
import { cn } from "./cn";

export function Calendar({ className, ...props }: ComponentProps<typeof DayPicker>) {
  const nav = cn(buttonVariants({ variant: "ghost" }), "size-8 p-0");
  return (
    <DayPicker
      className={className}
      // Begins with the visible number, as speech input needs it.
      labels={{
        labelDayButton: (date, { today, selected }) =>
          [format(date, "d MMMM yyyy, EEEE"), today && "today", selected && "selected"].filter(Boolean).join(", "),
      }}
      classNames={{
        months: "relative",
        month_caption: "flex h-8 items-center justify-center text-sm font-medium",
        nav: "absolute inset-x-0 top-0 flex justify-between",
        button_previous: nav,
        button_next: nav,
        month_grid: "mt-2 w-full border-collapse",
        weekday: "size-9 text-xs font-normal text-muted-foreground",
        day: "p-0 text-center",
        day_button: cn(buttonVariants({ variant: "ghost" }), "size-9 p-0 font-normal"),
        selected: "[&>button]:bg-primary [&>button]:text-primary-foreground",
        today: "[&>button]:font-bold [&>button]:underline",
        outside: "text-muted-foreground",
      }}
      components={{
        Chevron: ({ orientation }) => (orientation === "left" ? <ChevronLeftIcon className="size-4" /> : <ChevronRightIcon className="size-4" />),
      }}
      {...props}
    />
  );
}
