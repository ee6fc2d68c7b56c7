"use client";

import { useMemo, useRef, useState } from "react";

import { taskApi } from "@/lib/api";
import { Problem, sentence } from "@/lib/errors";
import { asQuery, type Filter } from "@/lib/filter";
import type { Task, TaskFields } from "@/lib/task";
import { tokenKeeper } from "@/lib/token";

import { Conflict, type Clash } from "./conflict";
import { Filters } from "./filters";
import { NewTask } from "./new-task";
import { Notice, useNotice } from "./notice";
import { Skeleton, Nothing } from "./placeholders";
import { TaskRow } from "./task-row";
import { useFilter } from "./use-filter";
import { useTasks } from "./use-tasks";

type Props = {
  user: string;
  /** The service's own origin, to be called with a JWT; "" to call it through this origin with the cookie. */
  service: string;
  filter: Filter;
};

/** The page of tasks: everything that a person does to them starts here. */
export function TaskBoard({ user, service, filter: initial }: Props) {
  const api = useMemo(() => taskApi(user, service ? { origin: service, token: tokenKeeper() } : null), [user, service]);
  const [filter, setFilter, settled] = useFilter(initial);
  const tasks = useTasks(api, asQuery(settled));
  const { notice, say, dismiss } = useNotice();
  const [clash, setClash] = useState<Clash | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  const tell = (error: unknown) => say({ text: sentence(error), kind: "error" });

  /** Keeps the keyboard where it was when the row with the focus goes away. */
  const withFocus = async (task: Task, leave: () => Promise<unknown>) => {
    const rows = [...(list.current?.children ?? [])];
    const at = rows.findIndex((row) => row.id === `task-${task.id}`);
    const isHere = rows[at]?.contains(document.activeElement);
    const near = (rows[at + 1] ?? rows[at - 1])?.querySelector<HTMLElement>("[data-focus]");
    const left = leave();
    if (isHere) (near ?? heading.current)?.focus();
    await left;
  };

  const save = async (task: Task, fields: Partial<TaskFields>): Promise<Error | null> => {
    try {
      await tasks.change(task, fields);
      return null;
    } catch (error) {
      if (!(error instanceof Problem) || (error.status !== 412 && error.status !== 404)) {
        tell(error);
        return error as Error;
      }
      const theirs = await api.get(task.id).catch(() => null);
      if (theirs) {
        tasks.replace(task.id, theirs);
        setClash({ theirs, mine: fields });
      } else {
        tasks.drop(task.id);
        say({ text: `“${task.title}” was deleted elsewhere.`, kind: "error" });
      }
      return null;
    }
  };

  const complete = async (task: Task, completed: boolean) => {
    try {
      const done = await tasks.complete(task, completed);
      if (filter.show === "all") return;
      await withFocus(task, async () => tasks.drop(task.id));
      const undo = () => void tasks.complete(done, !completed).then(tasks.reload, tell);
      say({ text: `“${task.title}” is ${completed ? "done" : "open again"}.`, action: { label: "Undo", run: undo } });
    } catch (error) {
      tell(error);
    }
  };

  const remove = (task: Task) =>
    withFocus(task, async () => {
      const at = await tasks.move(task, "remove");
      const undo = () => void tasks.undo(task, at).then(() => say({ text: `“${task.title}” is back.` }), tell);
      say({ text: `“${task.title}” is in the trash.`, action: { label: "Undo", run: undo } });
    }).catch(tell);

  const restore = (task: Task) =>
    withFocus(task, async () => {
      await tasks.move(task, "restore");
      say({ text: `“${task.title}” is back in the list.` });
    }).catch(tell);

  const rows = tasks.tasks?.map((task) => (
    <TaskRow
      key={task.id}
      task={task}
      trashed={tasks.trash}
      onComplete={(completed) => void complete(task, completed)}
      onSave={save}
      onRemove={() => void remove(task)}
      onRestore={() => void restore(task)}
      onTag={(tag) => setFilter({ ...filter, tag })}
    />
  ));

  return (
    <main className="page">
      <h1 ref={heading} tabIndex={-1}>
        Tasks
      </h1>
      <NewTask onAdd={(fields, key) => tasks.add(fields, key).then(() => null, (error: Error) => (tell(error), error))} />
      <Filters filter={filter} onChange={setFilter} />
      <div role="status" className="state">
        {tasks.away && "The task service cannot be reached. It is tried again until it answers."}
        {!tasks.away && !tasks.tasks && !tasks.failed && <span className="hidden">Loading your tasks</span>}
      </div>
      {tasks.failed && (
        <p role="alert" className="alert">
          {tasks.failed.message} <button onClick={tasks.reload}>Try again</button>
        </p>
      )}
      <section aria-label="List of tasks" aria-busy={tasks.busy} className={tasks.away ? "away" : undefined}>
        {!rows && !tasks.failed && <Skeleton still={tasks.away} />}
        {rows && rows.length > 0 && (
          <ul className="tasks" ref={list}>
            {rows}
          </ul>
        )}
        {rows && rows.length === 0 && !tasks.more && <Nothing filter={settled} onClear={() => setFilter({ show: "all" })} />}
        {tasks.more && (
          <button className="more" disabled={tasks.busy} onClick={() => void tasks.loadMore().catch(tell)}>
            Load more
          </button>
        )}
      </section>
      <Notice notice={notice} onDismiss={dismiss} />
      {clash && (
        <Conflict
          clash={clash}
          onReload={() => setClash(null)}
          onOverwrite={() => {
            setClash(null);
            void save(clash.theirs, clash.mine);
          }}
        />
      )}
    </main>
  );
}
