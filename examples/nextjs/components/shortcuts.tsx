"use client";

import { Suspense, useEffect, useRef, useState } from "react";
import { tinykeys } from "tinykeys";

import type { View } from "@/hooks/filter";
import { useTaskActions } from "@/hooks/use-task-actions";
import type { Row } from "@/hooks/use-tasks";

import { onDemand } from "./on-demand";

const ShortcutsSheet = onDemand(() => import("./shortcuts-sheet"));

/** Opens the sheet from a menu. */
export const openShortcuts = () => window.dispatchEvent(new Event("shortcuts"));

type Props = { rows: Row[] | undefined; onView: (view: View) => void };

/** The keyboard shortcuts of the page of tasks, and their sheet. */
export function Shortcuts({ rows, onView }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const actions = useTaskActions();
  const latest = useRef({ rows, onView });
  useEffect(() => void (latest.current = { rows, onView }));

  // Once: a new listener would forget the first key of a sequence.
  useEffect(() => {
    const open = () => setIsOpen(true);
    window.addEventListener("shortcuts", open);
    const onView = (view: View) => latest.current.onView(view);
    const focused = () => {
      const id = Number(document.activeElement?.closest<HTMLElement>("[data-task]")?.dataset.task);
      return latest.current.rows?.find(({ task }) => task.id === id)?.task;
    };
    const keys: Record<string, () => void> = {
      q: () => document.getElementById("new-task")?.focus(),
      "/": () => document.querySelector<HTMLElement>("input[type=search]")?.focus(),
      j: () => focusRow(1),
      k: () => focusRow(-1),
      e: () => {
        const task = focused();
        if (task) actions.complete(task, !task.completed);
      },
      Delete: () => {
        const task = focused();
        if (task) actions.remove(task);
      },
      x: () => document.querySelector<HTMLElement>("[aria-label='Select tasks']")?.click(),
      "g t": () => onView("today"),
      "g u": () => onView("upcoming"),
      "g a": () => onView("all"),
      "g d": () => onView("done"),
      "g r": () => onView("trash"),
      "?": open,
      "Shift+?": open,
    };
    const stop = tinykeys(
      window,
      Object.fromEntries(Object.entries(keys).map(([key, run]) => [key, (event: KeyboardEvent) => isFree(event) && (event.preventDefault(), run())])),
    );
    return () => {
      stop();
      window.removeEventListener("shortcuts", open);
    };
  }, [actions]);

  return (
    <Suspense>{isOpen && <ShortcutsSheet onClose={() => setIsOpen(false)} />}</Suspense>
  );
}

/** Whether a key is not meant for a field, a menu or a dialog. */
function isFree(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return !target.closest("input, textarea, select, [role=dialog], [role=menu], [contenteditable]");
}

function focusRow(step: number) {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-task]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.querySelector<HTMLElement>("[data-focus], button")?.focus();
}
