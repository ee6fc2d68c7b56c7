"use client";

import { type ReactNode, useEffect, useState } from "react";

import { lastUser, type User } from "@/hooks/persistence";
import { TasksProvider } from "@/hooks/tasks-provider";

import { AppHeader } from "./app-header";
import { Centered } from "./centered";
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
    <Centered title="You are offline">
      <p>This browser stores no tasks, because you are signed out.</p>
      <Button onClick={() => location.reload()}>Try again</Button>
    </Centered>
  );
}
