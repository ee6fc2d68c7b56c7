"use client";

import { ChevronRightIcon } from "lucide-react";
import { type RefObject, useLayoutEffect, useRef, useState } from "react";

import type { View } from "@/hooks/filter";
import type { Row } from "@/hooks/use-tasks";
import { dayOf, dayText, isOverdue, today } from "@/lib/dates";
import type { Task } from "@/lib/task";

import { TaskRow } from "./task-row";
import { Button } from "./ui/button";

/** Number of open and of finished tasks that the list shows at first, and that "Load more" adds. */
const PAGE = 50;

type Props = {
  rows: Row[];
  view: View;
  /** Without sections: the user has chosen an order. */
  isPlain: boolean;
  heading: RefObject<HTMLHeadingElement | null>;
  selected: ReadonlySet<number> | null;
  onSelect: (selected: ReadonlySet<number>) => void;
  onEdit: (task: Task) => void;
  onTag: (tag: string) => void;
};

/** The tasks of a view: open ones in sections, finished ones collapsed below them. */
export function TaskList({ rows, view, isPlain, heading, selected, onSelect, ...handlers }: Props) {
  const [limit, setLimit] = useState(PAGE);
  const [isOpen, setIsOpen] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  useFocusKept(list, heading);

  const isMixed = view === "today" || view === "all";
  const open = isMixed ? rows.filter(({ task }) => !task.completed) : rows;
  const finished = isMixed ? rows.filter(({ task }) => task.completed) : [];
  const sections = isPlain ? [{ title: "", rows: open.slice(0, limit) }] : sectionsOf(view, open.slice(0, limit));

  const items = (rows: Row[]) =>
    rows.map((row) => (
      <TaskRow
        key={row.task.id}
        row={row}
        isSelected={selected ? selected.has(row.task.id) : undefined}
        onSelect={(isSelected) => {
          const next = new Set(selected);
          if (isSelected) next.add(row.task.id);
          else next.delete(row.task.id);
          onSelect(next);
        }}
        {...handlers}
      />
    ));

  return (
    <div ref={list}>
      {sections.map(({ title, rows }) => (
        <section key={title} aria-label={title || undefined}>
          {title && <h2 className="pt-4 pb-1 text-sm font-semibold text-muted-foreground">{title}</h2>}
          <ul className="tasks">{items(rows)}</ul>
        </section>
      ))}
      {open.length > limit && (
        <Button variant="outline" className="mt-3" onClick={() => setLimit(limit + PAGE)}>
          Load more
        </Button>
      )}
      {finished.length > 0 && (
        <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)} className="group mt-4">
          <summary className="flex h-9 list-none items-center gap-1 rounded-md text-sm font-medium text-muted-foreground outline-none focus-visible:ring-[3px] focus-visible:ring-ring/60">
            <ChevronRightIcon className="size-4 transition-transform group-open:rotate-90" aria-hidden />
            Finished ({finished.length})
          </summary>
          {isOpen && <ul className="tasks">{items(finished.slice(0, limit))}</ul>}
        </details>
      )}
    </div>
  );
}

function sectionsOf(view: View, rows: Row[]): { title: string; rows: Row[] }[] {
  const title = ({ task }: Row) => {
    if (view === "upcoming") return dayText(dayOf(task.due_date!));
    return view === "today" && isOverdue(task.due_date!) && dayOf(task.due_date!) < today() ? "Overdue" : "";
  };
  const sections = new Map<string, Row[]>();
  for (const row of rows) sections.set(title(row), [...(sections.get(title(row)) ?? []), row]);
  // Beside overdue tasks, the tasks of today have a heading too.
  return [...sections].map(([title, rows]) => ({ title: title || (view === "today" && sections.size > 1 ? "Today" : ""), rows }));
}

/** When the row with the focus goes away, the next row gets the focus, or the heading. */
function useFocusKept(list: RefObject<HTMLDivElement | null>, heading: RefObject<HTMLHeadingElement | null>) {
  const last = useRef<{ id: string; at: number } | null>(null);
  useLayoutEffect(() => {
    const rows = [...(list.current?.querySelectorAll("ul.tasks > li") ?? [])];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    if (at >= 0) {
      last.current = { id: rows[at]!.id, at };
    } else if (last.current && document.activeElement === document.body && !rows.some((row) => row.id === last.current?.id)) {
      const near = rows[Math.min(last.current.at, rows.length - 1)];
      (near?.querySelector<HTMLElement>("[data-focus]") ?? heading.current)?.focus();
    } else {
      last.current = null;
    }
  });
  useLayoutEffect(() => {
    const element = list.current;
    const onFocus = ({ target }: FocusEvent) => {
      const rows = [...(element?.querySelectorAll("ul.tasks > li") ?? [])];
      const at = rows.findIndex((row) => row.contains(target as Node));
      last.current = at < 0 ? null : { id: rows[at]!.id, at };
    };
    element?.addEventListener("focusin", onFocus);
    return () => element?.removeEventListener("focusin", onFocus);
  }, [list]);
}
