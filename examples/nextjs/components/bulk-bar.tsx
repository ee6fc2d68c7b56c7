"use client";

import { priorities } from "@/hooks/filter";
import { useTaskContext, type Row } from "@/hooks/use-tasks";
import { nextWeek, timeZone, today, tomorrow } from "@/lib/dates";
import type { Operation, Priority } from "@/lib/task";

import { Button } from "./ui/button";
import { NativeSelect } from "./ui/input";

type Props = { rows: Row[]; all: Row[]; isTrash: boolean; onSelect: (ids: number[]) => void; onDone: () => void };

/** Changes all selected tasks in one request. */
export function BulkBar({ rows, all, isTrash, onSelect, onDone }: Props) {
  const { queue } = useTaskContext();
  const isNone = rows.length === 0;
  const run = (operation: (id: number) => Operation) => {
    queue.bulk(rows.map(({ task }) => operation(task.id)));
    onDone();
  };
  const move = (kind: "restore" | "purge") => {
    if (kind === "purge" && !confirm(`Delete ${rows.length === 1 ? "1 task" : `${rows.length} tasks`} for ever?`)) return;
    for (const { task } of rows) queue.move(task, kind);
    onDone();
  };
  const days = { Today: today(), Tomorrow: tomorrow(), "Next week": nextWeek(), "No date": null };
  return (
    <div role="group" aria-label="Selected tasks" className="sticky top-2 z-30 mt-2 flex flex-wrap items-center gap-1.5 rounded-md border bg-popover p-2 shadow-sm">
      <p aria-live="polite" className="mr-auto px-1 text-sm">
        {rows.length} selected
      </p>
      <Button variant="ghost" size="sm" onClick={() => onSelect(rows.length === all.length ? [] : all.map(({ task }) => task.id))}>
        {rows.length === all.length && !isNone ? "Select none" : "Select all"}
      </Button>
      {isTrash ? (
        <>
          <Button variant="outline" size="sm" disabled={isNone} onClick={() => move("restore")}>
            Restore
          </Button>
          <Button variant="destructive" size="sm" disabled={isNone} onClick={() => move("purge")}>
            Delete for ever
          </Button>
        </>
      ) : (
        <>
          <Button variant="outline" size="sm" disabled={isNone} onClick={() => run((id) => ({ op: "complete", id, completed: true }))}>
            Complete
          </Button>
          <NativeSelect
            aria-label="Due date of the selected tasks"
            className="h-8 w-24"
            disabled={isNone}
            value=""
            options={[["", "Due"], ...Object.keys(days).map((name) => [name, name] as const)]}
            onChoose={(name) => {
              const due_date = days[name as keyof typeof days];
              run((id) => ({ op: "update", id, due_date, ...(due_date && { time_zone: timeZone() }) }));
            }}
          />
          <NativeSelect
            aria-label="Priority of the selected tasks"
            className="h-8 w-28"
            disabled={isNone}
            value=""
            options={[["", "Priority"], ...priorities.map((name) => [name, name] as const)]}
            onChoose={(name) => run((id) => ({ op: "update", id, priority: name as Priority }))}
          />
          <Button variant="destructive" size="sm" disabled={isNone} onClick={() => run((id) => ({ op: "delete", id }))}>
            Delete
          </Button>
        </>
      )}
    </div>
  );
}
