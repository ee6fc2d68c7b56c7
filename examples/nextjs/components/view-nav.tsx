"use client";

import { CalendarDaysIcon, CheckCheckIcon, HashIcon, InboxIcon, SunIcon, Trash2Icon } from "lucide-react";
import { useMemo } from "react";

import { type Filter, matches, type View, views, writeFilter } from "@/hooks/filter";
import type { Row } from "@/hooks/use-tasks";

import { cn } from "./ui/cn";

const icons = { today: SunIcon, upcoming: CalendarDaysIcon, all: InboxIcon, done: CheckCheckIcon, trash: Trash2Icon };

type Props = { rows: Row[] | undefined; filter: Filter; onChange: (change: Partial<Filter>) => void };

/** The views, with the numbers of their tasks; on a wide page also the tags. */
export function ViewNav({ rows = [], filter, onChange }: Props) {
  const counts = useMemo(() => {
    const open = rows.filter(({ task }) => !task.completed);
    return Object.fromEntries(
      (["today", "upcoming", "all"] as View[]).map((view) => [view, open.filter((row) => matches({ view }, row)).length]),
    );
  }, [rows]);
  const tags = useMemo(() => tagsOf(rows), [rows]);

  const link = (to: Partial<Filter>, isCurrent: boolean, children: React.ReactNode) => (
    <a
      href={`/tasks${writeFilter({ ...filter, ...to })}`}
      aria-current={isCurrent ? "page" : undefined}
      className={cn(
        "flex h-9 items-center gap-1.5 rounded-md px-2 text-sm whitespace-nowrap outline-none hover:bg-accent focus-visible:ring-[3px] focus-visible:ring-ring/60 md:gap-2.5 md:px-3",
        isCurrent && "bg-accent font-semibold",
      )}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onChange(to);
      }}
    >
      {children}
    </a>
  );

  return (
    <nav aria-label="Views" className="pb-1.5 md:w-48 md:shrink-0 md:pb-0">
      <ul className="flex justify-between md:sticky md:top-4 md:flex-col md:gap-0.5">
        {(Object.keys(views) as View[]).map((view) => {
          const Icon = icons[view];
          return (
            <li key={view}>
              {link(
                { view },
                view === filter.view,
                <>
                  <Icon className="hidden size-4 sm:block" aria-hidden />
                  {views[view]}
                  {counts[view] ? <span className="text-xs text-muted-foreground md:ml-auto">{counts[view]}</span> : null}
                </>,
              )}
            </li>
          );
        })}
        {tags.length > 0 && (
          <li className="mt-4 hidden md:block">
            <h2 className="px-3 pb-1 text-xs font-semibold text-muted-foreground">Tags</h2>
            <ul className="flex flex-col gap-0.5">
              {tags.map((tag) => (
                <li key={tag}>
                  {link(
                    { tag: filter.tag === tag ? undefined : tag },
                    filter.tag === tag,
                    <>
                      <HashIcon className="size-4 shrink-0" aria-hidden />
                      <span className="truncate">{tag}</span>
                    </>,
                  )}
                </li>
              ))}
            </ul>
          </li>
        )}
      </ul>
    </nav>
  );
}

/** The most frequent tags of open tasks, at most 12. */
export function tagsOf(rows: Row[], most = 12): string[] {
  const counts = new Map<string, number>();
  for (const { task, inTrash } of rows) {
    if (!inTrash && !task.completed) for (const tag of task.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, most)
    .map(([tag]) => tag)
    .sort((a, b) => a.localeCompare(b));
}
