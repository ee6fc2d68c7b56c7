"use client";

import { toast } from "sonner";

import { Problem, sentence } from "@/lib/errors";
import type { NewTask, Task } from "@/lib/task";

import type { TaskQueue } from "./queue";
import type { Write } from "./writes";

/** Shows why a write was rejected. Offers to keep the text of a task that was deleted meanwhile or that was not created. */
export function showRejected(queue: TaskQueue, error: unknown, write: Write, task?: Task) {
  const isGone = error instanceof Problem && error.status === 404;
  const text = isGone && write.title ? `“${write.title}” was deleted elsewhere.` : sentence(error);
  const fields = write.kind === "create" ? write.fields : write.kind === "change" && isGone ? { ...copyOf(task), ...write.fields } : null;
  const label = isGone ? "Keep as a new task" : "Try again";
  const action = fields && { label, onClick: () => queue.create({ title: write.title, ...fields }) };
  toast.error(text, { duration: Infinity, action: action ?? undefined });
}

/** The values of a task that a copy of it has. */
function copyOf(task?: Task): Partial<NewTask> {
  if (!task) return {};
  const { description, priority, tags, due_date, time_zone, remind_at, recurrence_rule, repeat_from } = task;
  return { description, priority, tags, due_date, time_zone, remind_at, recurrence_rule, repeat_from };
}
