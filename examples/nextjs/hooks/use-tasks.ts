"use client";

import { onlineManager, useMutationState, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import type { TaskApi } from "@/lib/api";
import { Problem, SignedOut, Unreachable } from "@/lib/errors";
import type { Snapshot } from "@/lib/snapshot";
import type { NewTask, Task, TaskChange } from "@/lib/task";

import { followTasks, TASKS, tasksQuery, WRITE } from "./live";
import { send, withWrite, type Write } from "./writes";

export type Row = { task: Task; inTrash: boolean };

/**
 * All tasks of the user, with the writes that have no response yet, and the writes. A rejected write disappears from the list, and its
 * promise is rejected.
 */
export function useTasks(api: TaskApi) {
  const client = useQueryClient();
  const { data, error, isFetching } = useQuery({ ...tasksQuery(client, api), enabled: false });
  const online = useSyncExternalStore(
    (listen) => onlineManager.subscribe(listen),
    () => onlineManager.isOnline(),
    () => true,
  );
  const pending = useMutationState({
    filters: { mutationKey: WRITE, status: "pending" },
    select: ({ state }) => state.variables as Write,
  });

  useEffect(() => {
    const stop = new AbortController();
    void followTasks(client, api, stop.signal, signIn);
    return () => stop.abort();
  }, [client, api]);

  const rows = useMemo(() => data && Object.values(pending.reduce(withWrite, data.tasks)), [data, pending]);
  const write = useMemo(() => writer((write) => run(client, api, write)), [client, api]);

  return {
    rows,
    busy: isFetching || pending.length > 0 || (!data && online && !error),
    away: !online,
    failed: error instanceof Problem ? error : null,
    reload: () => client.refetchQueries({ queryKey: TASKS }),
    ...write,
  };
}

type Client = ReturnType<typeof useQueryClient>;

/** Sends a write and stores its result. */
function run(client: Client, api: TaskApi, write: Write) {
  const mutation = client.getMutationCache().build(client, {
    mutationKey: WRITE,
    mutationFn: (write: Write) => send(api, write),
    networkMode: "always",
    retry: false,
    onSuccess: (results) => results.forEach((stored, id) => store(client, id, stored)),
    onError: (error) => {
      if (error instanceof SignedOut) signIn();
      if (error instanceof Unreachable) onlineManager.setOnline(false);
      if (error instanceof Problem && error.status === 404 && "id" in write) dropGone(client, write.id);
    },
  });
  return mutation.execute(write);
}

function store(client: Client, id: number, stored: Snapshot["tasks"][number] | "removed" | null) {
  client.setQueryData<Snapshot>(TASKS, (snapshot) => {
    if (!snapshot) return snapshot;
    const { [id]: known, ...others } = snapshot.tasks;
    if (stored === null) return { ...snapshot, tasks: others };
    if (stored !== "removed") {
      return (known?.task.version ?? 0) > stored.task.version ? snapshot : { ...snapshot, tasks: { ...others, [id]: stored } };
    }
    return known ? { ...snapshot, tasks: { ...others, [id]: { task: known.task, inTrash: true } } } : snapshot;
  });
}

/** Removes a task that does not exist any more. A task in the trash cannot be changed, but it exists. */
function dropGone(client: Client, id: number) {
  if (!client.getQueryData<Snapshot>(TASKS)?.tasks[id]?.inTrash) store(client, id, null);
}

const writer = (run: (write: Write) => Promise<unknown>) => ({
  /** `key` names this create. Sent again with the same key, it creates no second task. */
  add: (fields: NewTask, key: string) => run({ kind: "create", key, title: fields.title, id: -Date.now(), fields }),
  change: (task: Task, fields: TaskChange) => {
    const base = Object.fromEntries(Object.keys(fields).map((name) => [name, task[name as keyof Task]]));
    return run({ kind: "change", key: crypto.randomUUID(), title: task.title, id: task.id, version: task.version, fields, base });
  },
  complete: (task: Task, completed: boolean) =>
    run({ kind: "complete", key: crypto.randomUUID(), title: task.title, id: task.id, completed }),
  move: (task: Task, kind: "remove" | "restore") => run({ kind, key: crypto.randomUUID(), title: task.title, id: task.id }),
});

function signIn() {
  const next = encodeURIComponent(location.pathname + location.search);
  // Loads a new page: nothing of the last user stays in memory.
  location.assign(`/sign-in?ended=1&next=${next}`);
}
