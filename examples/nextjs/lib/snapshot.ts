// All tasks of a user, as the change feed gives them, and the token that continues after them.

import type { TaskApi } from "./api";
import { Problem } from "./errors";
import type { Change, Task } from "./task";

export type Stored = { task: Task; inTrash: boolean };

export type Snapshot = { tasks: Readonly<Record<number, Stored>>; token: string };

/** Changes since a token. `isAll`: they are all tasks, and replace what is known. */
export type CaughtUp = { changes: Change[]; token: string; isAll: boolean };

/** Reads the changes since a token. Reads all tasks if there is no token, or if it is too old. */
export async function catchUp(api: TaskApi, since?: string, signal?: AbortSignal): Promise<CaughtUp> {
  const changes: Change[] = [];
  let token = since;
  try {
    for (;;) {
      const page = await api.changes(token, signal);
      changes.push(...page.changes);
      token = page.next;
      if (!page.more) return { changes, token, isAll: since === undefined };
    }
  } catch (error) {
    if (error instanceof Problem && error.status === 410 && token) return catchUp(api, undefined, signal);
    throw error;
  }
}

/** Applies changes. An older version than the known one changes nothing: the response to a write may come before its change. */
export function withChanges(snapshot: Snapshot | undefined, changes: Change[], token: string): Snapshot {
  const tasks = { ...snapshot?.tasks };
  for (const { id, task, deleted } of changes) {
    if (!task) delete tasks[id];
    else if ((tasks[id]?.task.version ?? 0) <= task.version) tasks[id] = { task, inTrash: deleted };
  }
  return { tasks, token };
}
