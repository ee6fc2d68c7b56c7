"use client";

import { onlineManager, useMutationState, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

import type { TaskApi } from "@/lib/api";
import { Problem } from "@/lib/errors";
import type { Task } from "@/lib/task";

import type { User } from "./persistence";
import { TASKS, tasksQuery, WRITE } from "./live";
import { CONFLICTS, type Conflicts, type TaskQueue } from "./queue";
import { withWrite, type Write } from "./writes";

/**
 * A task with its writes. `sync` is set while a write has no response: `sending`, `waiting` for the service, or `unsure` because a response
 * was lost.
 */
export type Row = { task: Task; inTrash: boolean; sync?: "sending" | "waiting" | "unsure" };

export const TasksContext = createContext<{ user: User; api: TaskApi; queue: TaskQueue } | null>(null);

export function useTaskContext() {
  const context = useContext(TasksContext);
  if (!context) throw new Error("useTaskContext needs a TasksProvider");
  return context;
}

/** All tasks of the user, including the writes in the queue. */
export function useTasks() {
  const { api } = useTaskContext();
  const client = useQueryClient();
  const { data, error, isFetching } = useQuery({ ...tasksQuery(client, api), enabled: false });
  const { data: conflicts } = useQuery<Conflicts>({ queryKey: CONFLICTS, queryFn: () => ({}), enabled: false, initialData: {} });
  const isOnline = useSyncExternalStore(
    (listen) => onlineManager.subscribe(listen),
    () => onlineManager.isOnline(),
    () => true,
  );
  const pending = useMutationState({
    filters: { mutationKey: WRITE, status: "pending" },
    select: ({ state }) => ({ write: state.variables as Write, sync: state.failureCount > 0 ? "unsure" : state.isPaused ? "waiting" : "sending" }) as const,
  });
  const rows = useMemo(() => {
    if (!data) return undefined;
    const tasks: Record<number, Row> = { ...pending.reduce((tasks, { write }) => withWrite(tasks, write), data.tasks) };
    for (const { write, sync } of pending) for (const id of idsOf(write)) if (tasks[id]) tasks[id] = { ...tasks[id], sync };
    return Object.values(tasks);
  }, [data, pending]);

  return {
    rows: useSettled(data !== undefined, isFetching) ? rows : undefined,
    conflicts,
    unsent: pending.length,
    isBusy: isFetching || pending.some(({ sync }) => sync === "sending"),
    isAway: !isOnline,
    failure: error instanceof Problem ? error : null,
    reload: () => void client.refetchQueries({ queryKey: TASKS }),
  };
}

/** Whether to show the tasks: not before the first read has ended, because its changes would move the rows, unless it takes a second. */
function useSettled(hasData: boolean, isFetching: boolean): boolean {
  const [isSettled, setIsSettled] = useState(false);
  useEffect(() => {
    if (isSettled || !hasData) return;
    if (!isFetching) return setIsSettled(true);
    const timer = setTimeout(() => setIsSettled(true), 1_000);
    return () => clearTimeout(timer);
  }, [isSettled, hasData, isFetching]);
  return isSettled;
}

const idsOf = (write: Write) =>
  write.kind === "bulk" ? write.operations.flatMap((operation) => (operation.op === "create" ? [] : [operation.id])) : [write.id];
