"use client";

import { type ReactNode, useEffect, useState } from "react";

import { lastUser, type User } from "@/hooks/persistence";
import { TasksProvider } from "@/hooks/tasks-provider";

import { AppHeader } from "./app-header";
import { Button } from "./ui/button";

/** Gives the page the user whose tasks this browser has stored. */
export function OfflineUser({ children }: { children: ReactNode }) {
  const [user, setUser] = useState<User | null>();
  useEffect(() => void lastUser().then(setUser), []);
  if (user === undefined) return null;
  if (user) {
    return (
      <TasksProvider user={user}>
        <AppHeader />
        {children}
      </TasksProvider>
    );
  }
  return (
    <main className="mx-auto grid max-w-sm content-start gap-4 px-4 pt-[10vh] pb-24">
      <h1 className="text-2xl font-semibold">You are offline</h1>
      <p>This browser stores no tasks, because you are signed out.</p>
      <Button onClick={() => location.reload()}>Try again</Button>
    </main>
  );
}
