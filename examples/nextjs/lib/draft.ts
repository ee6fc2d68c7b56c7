// A task as it stands in a form: text, and nothing but text.

import { dayOf } from "./dates";
import type { Priority, Task } from "./task";

/** The members of a task that the form changes. */
export type TaskFields = Pick<Task, "title" | "description" | "priority" | "tags" | "due_date">;

export type Draft = { title: string; description: string; priority: Priority; tags: string; due: string };

export const empty: Draft = { title: "", description: "", priority: "medium", tags: "", due: "" };

export const draftOf = (task: Task): Draft => ({
  title: task.title,
  description: task.description ?? "",
  priority: task.priority,
  tags: task.tags.join(", "),
  due: dayOf(task.due_date),
});

export const fieldsOf = (draft: Draft): TaskFields => ({
  title: draft.title.trim(),
  description: draft.description || null,
  priority: draft.priority,
  tags: [...new Set(draft.tags.split(",").map((tag) => tag.trim()))].filter(Boolean),
  due_date: draft.due || null,
});

/** Only what was changed in the form, so that what somebody else changed beside it is not written over. */
export function changes(before: Draft, after: Draft): Partial<TaskFields> {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const changed = Object.entries(now).filter(([name, value]) => String(value) !== String(old[name as keyof TaskFields]));
  return Object.fromEntries(changed);
}
