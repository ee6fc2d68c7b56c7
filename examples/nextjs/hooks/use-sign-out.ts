"use client";

import { useContext } from "react";
import { toast } from "sonner";

import { forget } from "./persistence";
import { TasksContext } from "./use-tasks";

/** Signs the user out, and deletes the tasks that this browser has stored, also the writes in the queue. */
export function useSignOut() {
  const user = useContext(TasksContext)?.user;
  return async (unsent = 0) => {
    const waiting = unsent === 1 ? "1 change was not sent" : `${unsent} changes were not sent`;
    if (unsent > 0 && !confirm(`${waiting} to the task service and will be lost. Sign out?`)) return;
    const { error } = await import("@/lib/auth-client")
      .then(({ authClient }) => authClient.signOut())
      .catch(() => ({ error: true }));
    if (error) return void toast.error("Not signed out: the sign-in server cannot be reached. Try again.");
    if (user) await forget(user.id).catch(() => undefined);
    // Loads a new page: nothing of the user stays in memory.
    location.assign("/sign-in");
  };
}
