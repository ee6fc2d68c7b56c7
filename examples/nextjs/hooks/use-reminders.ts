"use client";

import { useEffect } from "react";
import { toast } from "sonner";

import { dateOf } from "@/lib/dates";
import type { Task } from "@/lib/task";

import type { Row } from "./use-tasks";

/** Time between two looks at the reminders, in ms. */
const INTERVAL = 5_000;

/** A reminder older than this is not shown when the page opens, in ms. */
const MAX_AGE = 3_600_000;

const SHOWN = "reminders-shown-until";
const SOUND = "reminder-sound";

export const hasSound = () => localStorage.getItem(SOUND) === "on";
export const setSound = (isOn: boolean) => localStorage.setItem(SOUND, isOn ? "on" : "off");

/** Asks for the permission to show notifications, unless the user has decided before. */
export async function askForNotifications() {
  if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
}

/** Shows the reminders of open tasks while the page is open. Another window of the browser shows none twice. */
export function useReminders(rows: Row[] | undefined) {
  useEffect(() => {
    if (!rows) return;
    const look = () =>
      void navigator.locks.request("reminders", () => {
        const now = Date.now();
        const shownUntil = Math.max(Number(localStorage.getItem(SHOWN) ?? 0), now - MAX_AGE);
        const isDue = ({ task, inTrash }: Row) => {
          const at = task.remind_at && !task.completed && !inTrash ? dateOf(task.remind_at).getTime() : 0;
          return at > shownUntil && at <= now;
        };
        for (const { task } of rows.filter(isDue)) show(task);
        localStorage.setItem(SHOWN, String(now));
      });
    look();
    const timer = setInterval(look, INTERVAL);
    return () => clearInterval(timer);
  }, [rows]);
}

function show(task: Task) {
  toast(`Reminder: ${task.title}`, { duration: Infinity });
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const notification = new Notification(task.title, { body: task.description ?? undefined, tag: `task-${task.id}`, silent: !hasSound() });
  notification.onclick = () => window.focus();
}
