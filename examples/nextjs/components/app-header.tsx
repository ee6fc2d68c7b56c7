"use client";

import Link from "next/link";
import { useTaskContext, useTasks } from "@/hooks/use-tasks";

import { OnDemand, onDemand, usePreload } from "./on-demand";
import { StatusPill } from "./status-pill";
import { UserButton } from "./user-button";

const UserMenu = onDemand(() => import("./user-menu"));

export function AppHeader() {
  const { name } = useTaskContext().user;
  const { isBusy, isAway, unsent } = useTasks();
  usePreload();
  return (
    <header className="border-b bg-card">
      <div className="mx-auto flex h-12 max-w-5xl items-center justify-between gap-2 px-4">
        <Link href="/tasks" className="rounded-sm font-semibold outline-none focus-visible:ring-[3px] focus-visible:ring-ring/60">
          Tasks
        </Link>
        <StatusPill isBusy={isBusy} isAway={isAway} unsent={unsent} />
        <OnDemand button={(open) => <UserButton name={name} onClick={open} />}>
          <UserMenu name={name} />
        </OnDemand>
      </div>
    </header>
  );
}
