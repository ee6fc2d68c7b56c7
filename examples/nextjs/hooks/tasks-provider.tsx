"use client";

import { notifyManager, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

// A write shows in the same task of the browser as the click, before React resets the checkbox.
notifyManager.setScheduler(queueMicrotask);

/** The cache of the tasks. */
export function TasksProvider({ children }: { children: ReactNode }) {
  const [client] = useState(() => new QueryClient());
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
