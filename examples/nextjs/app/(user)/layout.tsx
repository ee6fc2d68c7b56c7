import type { ReactNode } from "react";

import { AppHeader } from "@/components/app-header";
import { TasksProvider } from "@/hooks/tasks-provider";
import { currentSession } from "@/server/session";
import { serviceForBrowsers } from "@/server/settings";

/** The pages of a signed-in user. Each page requires the session itself, with its own address to return to. */
export default async function UserLayout({ children }: { children: ReactNode }) {
  const session = await currentSession();
  if (!session) return children;
  const { id, name } = session.user;
  return (
    // Another user gets another cache.
    <TasksProvider key={id} user={{ id, name, service: serviceForBrowsers() }}>
      <AppHeader />
      {children}
    </TasksProvider>
  );
}
