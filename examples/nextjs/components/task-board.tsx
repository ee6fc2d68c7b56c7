"use client";

import { useMemo, useRef, useState } from "react";

import { taskApi } from "@/lib/api";
import { Problem, sentence } from "@/lib/errors";
import { type Filter, matches, order } from "@/lib/filter";
import type { TaskFields } from "@/lib/draft";
import type { Task } from "@/lib/task";
import { tokenKeeper } from "@/lib/token";

import { useTasks } from "@/hooks/use-tasks";
import { Conflict as Conflicting } from "@/hooks/writes";

import { Conflict, type Clash } from "./conflict";
import { Filters } from "./filters";
import { NewTask } from "./new-task";
import { Notice, useNotice } from "./notice";
import { Skeleton, Nothing } from "./placeholders";
import { TaskRow } from "./task-row";
import { useFilter } from "./use-filter";

type Props = {
  user: string;
  /** The service's own origin, to be called with a JWT; "" to call it through this origin with the cookie. */
  service: string;
  filter: Filter;
};

/** Number of tasks that the list shows at first, and that "Load more" adds. */
const PAGE = 50;

/** The page of tasks: everything that a person does to them starts here. */
export function TaskBoard({ user, service, filter: initial }: Props) {
  const api = useMemo(() => taskApi(user, service ? { origin: service, token: tokenKeeper() } : null), [user, service]);
  const [filter, setFilter] = useFilter(initial);
  const tasks = useTasks(api);
  const [limit, setLimit] = useState(PAGE);
  // The row stays while its editor is open, whatever another window does to the task.
  const [edited, setEdited] = useState<number | null>(null);
  const matching = useMemo(() => {
    const found = tasks.rows?.filter((row) => matches(filter, row) || row.task.id === edited);
    return found?.map(({ task }) => task).toSorted(order(filter.sort));
  }, [tasks.rows, filter, edited]);
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
      if (error instanceof Conflicting) {
        setClash({ theirs: error.theirs, mine: fields });
      } else if (error instanceof Problem && error.status === 404) {
        say({ text: `“${task.title}” was deleted elsewhere.`, kind: "error" });
      } else {
        tell(error);
        return error as Error;
      }
      return null;
    }
  };

  const complete = async (task: Task, completed: boolean) => {
    try {
      if (filter.show === "all") return void (await tasks.complete(task, completed));
      await withFocus(task, () => tasks.complete(task, completed));
      const undo = () => void tasks.complete(task, !completed).catch(tell);
      say({ text: `“${task.title}” is ${completed ? "done" : "open again"}.`, action: { label: "Undo", run: undo } });
    } catch (error) {
      tell(error);
    }
  };

  const remove = (task: Task) =>
    withFocus(task, async () => {
      await tasks.move(task, "remove");
      const undo = () => void tasks.move(task, "restore").then(() => say({ text: `“${task.title}” is back.` }), tell);
      say({ text: `“${task.title}” is in the trash.`, action: { label: "Undo", run: undo } });
    }).catch(tell);

  const restore = (task: Task) =>
    withFocus(task, async () => {
      await tasks.move(task, "restore");
      say({ text: `“${task.title}” is back in the list.` });
    }).catch(tell);

  const rows = matching?.slice(0, limit).map((task) => (
    <TaskRow
      key={task.id}
      task={task}
      trashed={filter.show === "trash"}
      onComplete={(completed) => void complete(task, completed)}
      onSave={save}
      onEditing={(isOpen) => setEdited(isOpen ? task.id : null)}
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
        {!tasks.away && !rows && !tasks.failed && <span className="hidden">Loading your tasks</span>}
      </div>
      {tasks.failed && (
        <p role="alert" className="alert">
          {tasks.failed.message} <button onClick={() => void tasks.reload()}>Try again</button>
        </p>
      )}
      <section aria-label="List of tasks" aria-busy={tasks.busy} className={tasks.away ? "away" : undefined}>
        {!rows && !tasks.failed && <Skeleton still={tasks.away} />}
        {rows && rows.length > 0 && (
          <ul className="tasks" ref={list}>
            {rows}
          </ul>
        )}
        {rows && rows.length === 0 && <Nothing filter={filter} onClear={() => setFilter({ show: "all" })} />}
        {matching && matching.length > limit && (
          <button className="more" onClick={() => setLimit(limit + PAGE)}>
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
