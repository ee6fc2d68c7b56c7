"use client";

import { useCallback, useEffect, useRef, useState } from "react";

import type { TaskApi } from "@/lib/api";
import { SignedOut, Unreachable } from "@/lib/errors";
import type { Query, Task, TaskFields } from "@/lib/task";

/** How long until the next try while the service is away, in ms: doubled each time, up to the second. */
const RETRY = [1_000, 10_000] as const;

type List = { tasks: Task[]; next: string | null; trash: boolean };

/**
 * The list that a query answers, and what is done to its tasks. A change shows at once and is taken back if the service refuses it:
 * then the promise is rejected with the reason. While the service is away, `away` says so, and the list is asked for until it comes.
 */
export function useTasks(api: TaskApi, query: Query) {
  const [list, setList] = useState<List | null>(null);
  const [busy, setBusy] = useState(true);
  const [away, setAway] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  const [round, setRound] = useState(0);
  const tries = useRef(0);
  const temporaryId = useRef(0);
  const asked = JSON.stringify(query);

  const reload = useCallback(() => setRound((round) => round + 1), []);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setBusy(true);
    const query = JSON.parse(asked) as Query;
    api.list(query, stop.signal).then(
      (page) => {
        if (stop.signal.aborted) return;
        tries.current = 0;
        setList({ ...page, trash: query.deleted === true });
        setAway(false);
        setFailed(null);
        setBusy(false);
      },
      (error: Error) => {
        if (stop.signal.aborted) return;
        setBusy(false);
        if (error instanceof SignedOut) return signIn();
        if (!(error instanceof Unreachable)) return setFailed(error);
        setAway(true);
        timer = setTimeout(reload, Math.min(RETRY[0] * 2 ** tries.current, RETRY[1]));
        tries.current += 1;
      },
    );
    window.addEventListener("online", reload);
    return () => {
      stop.abort();
      clearTimeout(timer);
      window.removeEventListener("online", reload);
    };
  }, [api, asked, round, reload]);

  /** Notes what a failure means for the list, and passes it on. */
  const failing = (error: unknown): never => {
    if (error instanceof SignedOut) signIn();
    if (error instanceof Unreachable) {
      setAway(true);
      // Whether it was done or not: the list will tell.
      reload();
    }
    throw error;
  };

  const alter = (change: (tasks: Task[]) => Task[]) => setList((list) => list && { ...list, tasks: change(list.tasks) });
  const replace = (id: number, task: Task) => alter((tasks) => tasks.map((other) => (other.id === id ? task : other)));
  const drop = (id: number) => alter((tasks) => tasks.filter((task) => task.id !== id));
  const putBack = (task: Task, at: number) =>
    alter((tasks) => (tasks.some((other) => other.id === task.id) ? tasks : tasks.toSpliced(Math.min(at, tasks.length), 0, task)));
  const placeOf = (id: number) => list?.tasks.findIndex((task) => task.id === id) ?? 0;

  /** Shows `now` in the place of `before` until `answer` is there. */
  const instead = async (before: Task, now: Task, answer: Promise<Task>) => {
    replace(before.id, now);
    try {
      const task = await answer;
      replace(before.id, task);
      return task;
    } catch (error) {
      replace(before.id, before);
      return failing(error);
    }
  };

  return {
    tasks: list?.tasks ?? null,
    /** The tasks are those of the trash; a query for others may be under way. */
    trash: list?.trash ?? false,
    more: list?.next != null,
    busy,
    away,
    failed,
    reload,
    replace,
    drop,

    /** `key` names this creation. Sent again with the same key, it makes no second task. */
    async add(fields: TaskFields, key: string) {
      const task = draft(--temporaryId.current, fields);
      alter((tasks) => [task, ...tasks]);
      try {
        const made = await api.create(fields, key);
        replace(task.id, made);
      } catch (error) {
        drop(task.id);
        failing(error);
      }
    },

    change: (task: Task, fields: Partial<TaskFields>) => instead(task, { ...task, ...fields }, api.change(task, fields)),

    async complete(task: Task, completed: boolean) {
      const now: Task = { ...task, completed, is_completed: completed, status: completed ? "completed" : "pending" };
      const done = await instead(task, now, api.complete(task.id, completed));
      // One that repeats leaves its next occurrence behind.
      if (task.recurrence_rule) reload();
      return done;
    },

    /** Out of the list, into the trash or, from there, back: what `call` does. */
    async move(task: Task, call: "remove" | "restore") {
      const at = placeOf(task.id);
      drop(task.id);
      try {
        await api[call](task.id);
      } catch (error) {
        putBack(task, at);
        failing(error);
      }
      return at;
    },

    /** Takes back what `move(task, "remove")` did. */
    async undo(task: Task, at: number) {
      const restored = await api.restore(task.id).catch(failing);
      putBack(restored, at);
    },

    async loadMore() {
      if (!list?.next) return;
      setBusy(true);
      try {
        const page = await api.list(list.next);
        setList((list) => list && { ...list, tasks: [...list.tasks, ...unknown(page.tasks, list.tasks)], next: page.next });
      } catch (error) {
        failing(error);
      } finally {
        setBusy(false);
      }
    },
  };
}

/** A task that was added here meanwhile may come again with a later page. */
function unknown(tasks: Task[], known: Task[]): Task[] {
  const ids = new Set(known.map((task) => task.id));
  return tasks.filter((task) => !ids.has(task.id));
}

/** A task as it will look, until the service has answered with the real one; its id is negative until then. */
function draft(id: number, fields: TaskFields): Task {
  const now = new Date().toISOString();
  const pending = { completed: false, is_completed: false, status: "pending", completed_at: null } as const;
  const rest = { ...pending, time_zone: null, remind_at: null } as const;
  const repeat = { recurrence_rule: null, repeat_from: "due_date", series_id: null } as const;
  return { id, user_id: "", ...rest, ...repeat, excluded_dates: [], ...fields, version: 0, created_at: now, updated_at: now };
}

function signIn() {
  const next = encodeURIComponent(location.pathname + location.search);
  // A whole new page, so that nothing of the last user stays in memory.
  location.assign(`/sign-in?ended=1&next=${next}`);
}
