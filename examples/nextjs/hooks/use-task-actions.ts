"use client";

import { useMemo } from "react";
import { toast } from "sonner";

import type { Task } from "@/lib/task";

import { type Row, useTaskContext } from "./use-tasks";

/** What a user does to a task, with a notice to undo it. */
export function useTaskActions() {
  const { queue } = useTaskContext();
  return useMemo(
    () => ({
      complete(task: Task, completed: boolean) {
        queue.complete(task, completed);
        const undo = { label: "Undo", onClick: () => queue.complete(task, !completed) };
        toast(`“${task.title}” is ${completed ? "done" : "open again"}.`, { action: undo });
      },
      remove(task: Task) {
        queue.move(task, "remove");
        const undo = () => {
          queue.move(task, "restore");
          toast(`“${task.title}” is back.`);
        };
        toast(`“${task.title}” is in the trash.`, { action: { label: "Undo", onClick: undo } });
      },
      restore(task: Task) {
        queue.move(task, "restore");
        toast(`“${task.title}” is back in the list.`);
      },
      purge(task: Task) {
        if (confirm(`Delete “${task.title}” for ever?`)) queue.move(task, "purge");
      },
      emptyTrash(rows: Row[]) {
        const trash = rows.filter(({ inTrash }) => inTrash);
        if (!confirm(`Delete ${trash.length === 1 ? "1 task" : `${trash.length} tasks`} for ever?`)) return;
        for (const { task } of trash) queue.move(task, "purge");
      },
    }),
    [queue],
  );
}
