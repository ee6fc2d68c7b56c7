// The queue of writes: one after another, again after an outage, with the same Idempotency-Key and If-Match.

import { onlineManager, type QueryClient } from "@tanstack/react-query";

import type { TaskApi } from "@/lib/api";
import { Problem, SignedOut, Unreachable } from "@/lib/errors";
import type { Snapshot, Stored } from "@/lib/snapshot";
import type { NewTask, Operation, Task, TaskChange } from "@/lib/task";

import { TASKS, WRITE } from "./live";
import { Conflict, rename, send, type Write } from "./writes";

/** Time until a failed write is sent again, in ms. While the service is unreachable, it waits until the service is back. */
const RETRY = 1_000;

/** The number of operations that the service accepts in one request. */
const MAX_OPERATIONS = 100;

export const CONFLICTS = ["conflicts"] as const;

/** Changes of the same fields of a task: the stored task, and the values that were not written. */
export type Conflicts = Readonly<Record<number, { theirs: Task; mine: TaskChange }>>;

/** Tells the user about a rejected write. `task` is its task before. */
export type OnRejected = (error: unknown, write: Write, task?: Task) => void;

/** Sets how the client sends writes, also those of an earlier window. Returns the functions that add one to the queue. */
export function taskQueue(client: QueryClient, api: TaskApi, onSignedOut: () => void, onRejected: OnRejected) {
  /** The ids of stored tasks, by their ids before. */
  const ids = new Map<number, number>();
  let lastId = 0;

  client.setMutationDefaults(WRITE, {
    mutationFn: (write: Write) => sendUnlessInConflict(client, api, write),
    scope: { id: "writes" },
    networkMode: "online",
    retry: (_count, error) => error instanceof Unreachable || error instanceof SignedOut,
    retryDelay: RETRY,
    gcTime: 0,
    onSuccess: (results: Awaited<ReturnType<typeof send>>, write: Write) => {
      const [created] = results.keys();
      if (write.kind === "create") renameAll(client, ids, write.id, created!);
      results.forEach((stored, id) => store(client, id, stored));
    },
    onError: (error, write: Write) => {
      if (error instanceof Conflict && write.kind === "change") {
        const { theirs, mine } = error;
        client.setQueryData<Conflicts>(CONFLICTS, (conflicts) => ({ ...conflicts, [write.id]: { theirs, mine } }));
        return store(client, theirs.id, { task: theirs, inTrash: false });
      }
      const known = "id" in write ? client.getQueryData<Snapshot>(TASKS)?.tasks[write.id] : undefined;
      // A task in the trash cannot be changed, but it exists.
      if (error instanceof Problem && error.status === 404 && known && !known.inTrash) store(client, known.task.id, null);
      onRejected(error, write, known?.task);
    },
  });
  client.setQueryDefaults(CONFLICTS, { gcTime: Infinity, staleTime: Infinity, meta: { stored: true } });

  async function sendUnlessInConflict(client: QueryClient, api: TaskApi, write: Write) {
    const open = write.kind === "change" ? client.getQueryData<Conflicts>(CONFLICTS)?.[write.id] : undefined;
    // A later change of the queue joins the conflict of an earlier one.
    if (open && write.kind === "change") throw new Conflict(open.theirs, { ...open.mine, ...write.fields });
    try {
      return await send(api, write);
    } catch (error) {
      if (error instanceof SignedOut) onSignedOut();
      if (error instanceof SignedOut || error instanceof Unreachable) onlineManager.setOnline(false);
      throw error;
    }
  }

  const idOf = (task: Task) => ids.get(task.id) ?? task.id;

  function push(write: Omit<Write, "key"> & { kind: Write["kind"] }) {
    const options = client.defaultMutationOptions({ mutationKey: WRITE });
    const mutation = client.getMutationCache().build(client, options);
    // `onError` reports a failure.
    mutation.execute({ key: crypto.randomUUID(), ...write } as Write).catch(() => undefined);
  }

  return {
    create(fields: NewTask) {
      lastId = Math.min(lastId - 1, -Date.now());
      push({ kind: "create", title: fields.title, id: lastId, fields } as Write);
    },
    change(task: Task, fields: TaskChange) {
      const base = Object.fromEntries(Object.keys(fields).map((name) => [name, task[name as keyof Task]]));
      push({ kind: "change", title: task.title, id: idOf(task), version: task.version, fields, base } as Write);
    },
    complete: (task: Task, completed: boolean) => push({ kind: "complete", title: task.title, id: idOf(task), completed } as Write),
    move: (task: Task, kind: "remove" | "restore" | "purge") => push({ kind, title: task.title, id: idOf(task) } as Write),
    bulk(operations: Operation[]) {
      for (let start = 0; start < operations.length; start += MAX_OPERATIONS) {
        push({ kind: "bulk", title: "", operations: operations.slice(start, start + MAX_OPERATIONS) } as Write);
      }
    },
    /** Ends a conflict: writes the own values over the stored ones, or drops them. */
    resolve(id: number, overwrite: boolean) {
      const { [id]: conflict, ...others } = client.getQueryData<Conflicts>(CONFLICTS) ?? {};
      client.setQueryData<Conflicts>(CONFLICTS, others);
      if (overwrite && conflict) this.change(conflict.theirs, conflict.mine);
    },
  };
}

export type TaskQueue = ReturnType<typeof taskQueue>;

/** Sets the id of a stored task in the later writes of the queue. */
function renameAll(client: QueryClient, ids: Map<number, number>, from: number, to: number) {
  ids.set(from, to);
  const later = client.getMutationCache().findAll({ mutationKey: WRITE, status: "pending" });
  for (const { state } of later) rename(state.variables as Write, from, to);
}

function store(client: QueryClient, id: number, stored: Stored | "removed" | null) {
  client.setQueryData<Snapshot>(TASKS, (snapshot) => {
    if (!snapshot) return snapshot;
    const { [id]: known, ...others } = snapshot.tasks;
    if (stored === null) return { ...snapshot, tasks: others };
    if (stored === "removed") return known ? { ...snapshot, tasks: { ...others, [id]: { task: known.task, inTrash: true } } } : snapshot;
    return (known?.task.version ?? 0) > stored.task.version ? snapshot : { ...snapshot, tasks: { ...others, [id]: stored } };
  });
}
