"use client";

import { useEffect, useRef } from "react";

import { dueText } from "@/lib/dates";
import type { TaskFields } from "@/lib/draft";
import type { Task } from "@/lib/task";

/** A change that met another one: the task as it is now, and what was to be written over an older state of it. */
export type Clash = { theirs: Task; mine: Partial<TaskFields> };

const names: Record<keyof TaskFields, string> = {
  title: "Title",
  description: "Description",
  priority: "Priority",
  tags: "Tags",
  due_date: "Due",
};

export function Conflict({ clash, onReload, onOverwrite }: { clash: Clash; onReload: () => void; onOverwrite: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const fields = Object.keys(clash.mine) as (keyof TaskFields)[];

  return (
    <dialog ref={dialog} className="conflict" aria-labelledby="conflict-title" onCancel={onReload}>
      <h2 id="conflict-title">This task was changed meanwhile</h2>
      <p>Somebody, or you in another window, saved it after you had begun.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Now</th>
            <th scope="col">Yours</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{names[field]}</th>
              <td>{shown(field, clash.theirs[field])}</td>
              <td>{shown(field, clash.mine[field])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="buttons">
        <button autoFocus onClick={onReload}>
          Reload
        </button>
        <button className="danger" onClick={onOverwrite}>
          Overwrite
        </button>
      </div>
    </dialog>
  );
}

function shown(field: keyof TaskFields, value: TaskFields[keyof TaskFields] | undefined): string {
  if (value === null || value === undefined || value.length === 0) return "–";
  if (Array.isArray(value)) return value.join(", ");
  return field === "due_date" ? dueText(value) : value;
}
