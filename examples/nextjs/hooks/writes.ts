// Writes to tasks: how each one is sent, and what it changes in the list before its response.

import type { TaskApi } from "@/lib/api";
import { Problem } from "@/lib/errors";
import type { Snapshot, Stored } from "@/lib/snapshot";
import type { NewTask, Operation, Task, TaskChange } from "@/lib/task";

/** `key` is the Idempotency-Key. A task that the service has not stored yet has a negative id. */
export type Write = { key: string; title: string } & (
  | { kind: "create"; id: number; fields: NewTask }
  /** `base` has the values before the change, to tell a conflict from a change of other fields. */
  | { kind: "change"; id: number; version: number; fields: TaskChange; base: TaskChange }
  | { kind: "complete"; id: number; completed: boolean }
  | { kind: "remove" | "restore" | "purge"; id: number }
  | { kind: "bulk"; operations: Operation[] }
);

/** Another client changed the same fields. */
export class Conflict extends Error {
  constructor(
    readonly theirs: Task,
    readonly mine: TaskChange,
  ) {
    super("This task was changed meanwhile.");
  }
}

/** Sends a write. Returns the stored states; `null` for a permanently deleted task. */
export async function send(api: TaskApi, write: Write): Promise<Map<number, Stored | "removed" | null>> {
  const stored = (task: Task) => new Map([[task.id, { task, inTrash: false }]]);
  switch (write.kind) {
    case "create":
      return stored(await api.create(write.fields, write.key));
    case "change":
      return stored(await change(api, write));
    case "complete":
      return stored(await api.complete(write.id, write.completed, write.key));
    case "restore":
      return stored(await api.restore(write.id, write.key));
    case "remove":
      await api.remove(write.id).catch(ignoreGone);
      return new Map([[write.id, "removed"]]);
    case "purge":
      await api.purge(write.id).catch(ignoreGone);
      return new Map([[write.id, null]]);
    case "bulk": {
      const { results } = await api.bulk(write.operations, write.key);
      return new Map(results.map((result) => [result.id, "title" in result ? { task: result, inTrash: false } : "removed"]));
    }
  }
}

/** A deletion whose response was lost finds no task when it is sent again. */
function ignoreGone(error: unknown) {
  if (!(error instanceof Problem && error.status === 404)) throw error;
}

/** Changes a task. If another client changed other fields meanwhile, it keeps both changes. */
async function change(api: TaskApi, { id, version, fields, base }: Extract<Write, { kind: "change" }>): Promise<Task> {
  let current = { id, version };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await api.change(current, fields);
    } catch (error) {
      if (!(error instanceof Problem && error.status === 412)) throw error;
      const theirs = await api.get(id);
      // The response to an earlier attempt was lost.
      if (holds(theirs, fields)) return theirs;
      if (!holds(theirs, base) || attempt === 3) throw new Conflict(theirs, fields);
      current = theirs;
    }
  }
}

export const holds = (task: Task, fields: TaskChange) =>
  Object.entries(fields).every(([name, value]) => JSON.stringify(task[name as keyof Task]) === JSON.stringify(value));

/** Returns the tasks with a write that has no response yet. */
export function withWrite(tasks: Snapshot["tasks"], write: Write): Snapshot["tasks"] {
  if (write.kind === "bulk") return write.operations.reduce(withOperation, tasks);
  if (write.kind === "create") return { ...tasks, [write.id]: { task: draft(write.id, write.fields), inTrash: false } };
  const known = tasks[write.id];
  if (!known) return tasks;
  const set = (fields: Partial<Task>, inTrash = known.inTrash) => ({
    ...tasks,
    // The service increments the version with each write: a second change in the queue is one of this version.
    [write.id]: { task: { ...known.task, ...fields, version: known.task.version + 1 }, inTrash },
  });
  switch (write.kind) {
    case "change":
      return set(write.fields as Partial<Task>);
    case "complete":
      return set(completion(write.completed));
    case "remove":
      return set({}, true);
    case "restore":
      return set({}, false);
    case "purge": {
      const { [write.id]: _, ...others } = tasks;
      return others;
    }
  }
}

function withOperation(tasks: Snapshot["tasks"], operation: Operation): Snapshot["tasks"] {
  const common = { key: "", title: "" };
  switch (operation.op) {
    case "create":
      return tasks;
    case "update": {
      const { op: _, id, version: __, ...fields } = operation;
      return withWrite(tasks, { ...common, kind: "change", id, version: 0, fields, base: {} });
    }
    case "complete":
      return withWrite(tasks, { ...common, kind: "complete", id: operation.id, completed: operation.completed ?? true });
    case "delete":
      return withWrite(tasks, { ...common, kind: "remove", id: operation.id });
  }
}

/** Sets the id of a task that the service has stored in a write of the queue. */
export function rename(write: Write, from: number, to: number) {
  if (write.kind !== "bulk") {
    if (write.id === from) write.id = to;
    return;
  }
  for (const operation of write.operations) if (operation.op !== "create" && operation.id === from) operation.id = to;
}

const completion = (completed: boolean): Partial<Task> => ({
  completed,
  is_completed: completed,
  status: completed ? "completed" : "pending",
  completed_at: completed ? new Date().toISOString() : null,
});

/** A new task before the response. */
function draft(id: number, fields: NewTask): Task {
  const now = new Date(-id).toISOString();
  return {
    ...{ id, user_id: "", description: null, priority: "medium", tags: [], due_date: null, time_zone: null, remind_at: null },
    ...{ recurrence_rule: null, repeat_from: "due_date", excluded_dates: [], series_id: null, version: 1, created_at: now, updated_at: now },
    ...(completion(false) as Pick<Task, "completed" | "is_completed" | "status" | "completed_at">),
    ...(fields as Partial<Task> & { title: string }),
  };
}
