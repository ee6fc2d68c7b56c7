"use client";

import { focusManager, hydrate, notifyManager, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";

import { taskApi } from "@/lib/api";
import { tokenKeeper } from "@/lib/token";

import { followTasks } from "./live";
import { registerServiceWorker } from "./offline";
import { forgetUser, persist, restore, type User } from "./persistence";
import { taskQueue } from "./queue";
import { showRejected } from "./show-rejected";
import { TasksContext } from "./use-tasks";

// A write shows in the same task of the browser as the click, before React resets the checkbox.
notifyManager.setScheduler(queueMicrotask);

/** Gives the pages the tasks of the user. */
export function TasksProvider({ user, children }: { user: User; children: ReactNode }) {
  const [{ client, context }] = useState(() => {
    const api = taskApi(user.id, user.service ? { origin: user.service, token: tokenKeeper() } : null);
    const client = new QueryClient();
    const queue = taskQueue(client, api, signIn, (...rejected) => showRejected(queue, ...rejected));
    return { client, context: { user, api, queue } };
  });

  useEffect(() => {
    const stop = new AbortController();
    // The queue is sent in a window in the background too.
    focusManager.setFocused(true);
    void registerServiceWorker().catch(() => undefined);
    const start = async () => {
      // Without IndexedDB, as in some private windows, the page works without offline use.
      const stored = await restore(context.user.id).catch(() => []);
      if (stop.signal.aborted) return;
      for (const state of stored) hydrate(client, state);
      persist(client, context.user, stop.signal);
      void client.resumePausedMutations();
      await followTasks(client, context.api, stop.signal, signIn);
    };
    void start();
    return () => stop.abort();
  }, [client, context]);

  return (
    <QueryClientProvider client={client}>
      <TasksContext value={context}>{children}</TasksContext>
    </QueryClientProvider>
  );
}

async function signIn() {
  await forgetUser().catch(() => undefined);
  const next = encodeURIComponent(location.pathname + location.search);
  // Loads a new page: nothing of the last user stays in memory.
  location.assign(`/sign-in?ended=1&next=${next}`);
}
