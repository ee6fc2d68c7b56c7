"use client";

import { Suspense, useMemo, useRef, useState } from "react";

import { type Filter, matches, order, views } from "@/hooks/filter";
import { useFilter } from "@/hooks/use-filter";
import { useReminders } from "@/hooks/use-reminders";
import { useTaskActions } from "@/hooks/use-task-actions";
import { useTaskContext, useTasks } from "@/hooks/use-tasks";
import { timeZone, today } from "@/lib/dates";
import type { NewTask, Task } from "@/lib/task";

import { BulkBar } from "./bulk-bar";
import { MoreButton } from "./more-button";
import { OnDemand, onDemand, preload } from "./on-demand";
import { Nothing, Skeleton } from "./placeholders";
import { QuickAdd } from "./quick-add";
import { Shortcuts } from "./shortcuts";
import { TaskList } from "./task-list";
import { Toolbar } from "./toolbar";
import { FileDrop, useImport } from "./transfer";
import { Button } from "./ui/button";
import { tagsOf, ViewNav } from "./view-nav";

const ConflictDialog = onDemand(() => import("./conflict-dialog"));
const TaskDialog = onDemand(() => import("./task-dialog"));
const TransferMenu = onDemand(() => import("./transfer-menu"));
preload(() => import("./ui/calendar"));
preload(() => import("@/lib/quick-add"));

/** The page of tasks. */
export function TaskBoard({ filter: initial }: { filter: Filter }) {
  const { queue } = useTaskContext();
  const { rows, conflicts, isBusy, isAway, failure, reload } = useTasks();
  const actions = useTaskActions();
  const [filter, setFilter] = useFilter(initial);
  const [editing, setEditing] = useState<Task | Partial<NewTask> | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<number> | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const files = useImport();
  useReminders(rows);

  const shown = useMemo(() => {
    const found = rows?.filter((row) => matches(filter, row));
    const compare = order(filter);
    return found?.sort((a, b) => compare(a.task, b.task));
  }, [rows, filter]);
  const tags = useMemo(() => tagsOf(rows ?? [], 100), [rows]);
  const chosen = shown?.filter(({ task }) => selected?.has(task.id)) ?? [];
  const conflict = Object.values(conflicts)[0];

  const change = (change: Partial<Filter>) => {
    setFilter(change);
    if (change.view && change.view !== filter.view) setSelected(null);
  };
  // A new task shows in the view where it was added.
  const defaults: Partial<NewTask> = {
    ...(filter.view === "today" && { due_date: today(), time_zone: timeZone() }),
    ...(filter.tag && { tags: [filter.tag] }),
    ...(filter.priority && { priority: filter.priority }),
  };

  return (
    <FileDrop onFile={files.run}>
      <div className="mx-auto flex max-w-5xl flex-col gap-x-10 px-4 pt-2 pb-24 md:flex-row md:pt-6">
        <ViewNav rows={rows} filter={filter} onChange={change} />
        <main className="min-w-0 flex-1">
          <h1 ref={heading} tabIndex={-1} className="sr-only outline-none md:not-sr-only md:pb-3 md:text-2xl md:font-semibold">
            {views[filter.view]}
          </h1>
          {filter.view !== "trash" && filter.view !== "done" && <QuickAdd defaults={defaults} onDetails={setEditing} />}
          <Toolbar
            filter={filter}
            onChange={change}
            tags={tags}
            isSelecting={selected !== null}
            onSelecting={(isSelecting) => setSelected(isSelecting ? new Set() : null)}
            menu={
              <OnDemand button={(open) => <MoreButton onClick={open} />}>
                <TransferMenu
                  onImport={files.choose}
                  onEmptyTrash={filter.view === "trash" && shown?.length ? () => actions.emptyTrash(rows!) : undefined}
                />
              </OnDemand>
            }
          />
          {selected && (
            <BulkBar
              rows={chosen}
              all={shown ?? []}
              isTrash={filter.view === "trash"}
              onSelect={(ids) => setSelected(new Set(ids))}
              onDone={() => setSelected(null)}
            />
          )}
          {failure && (
            <p role="alert" className="mt-3 rounded-md border border-destructive p-3 text-sm">
              {failure.message}{" "}
              <Button variant="outline" size="sm" onClick={reload}>
                Try again
              </Button>
            </p>
          )}
          <section aria-label="List of tasks" aria-busy={isBusy || (!shown && !failure)} className="mt-3">
            {!shown && !failure && <Skeleton isStill={isAway} />}
            {shown && (
              <TaskList
                rows={shown}
                view={filter.view}
                isPlain={filter.sort !== undefined}
                heading={heading}
                selected={selected}
                onSelect={setSelected}
                onEdit={setEditing}
                onTag={(tag) => change({ tag })}
              />
            )}
            {shown?.length === 0 && <Nothing filter={filter} hasTasks={rows!.some((row) => !row.inTrash)} onChange={change} />}
          </section>
        </main>
      </div>
      <Suspense>
        {editing && <TaskDialog key={"id" in editing ? editing.id : "new"} start={editing} onClose={() => setEditing(null)} />}
        {!editing && conflict && <ConflictDialog key={conflict.theirs.id} conflict={conflict} queue={queue} />}
      </Suspense>
      <Shortcuts onView={(view) => change({ view })} rows={rows} />
      {files.report}
    </FileDrop>
  );
}
