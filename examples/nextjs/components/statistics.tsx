"use client";

import { useQuery } from "@tanstack/react-query";
import { format, parseISO, subDays } from "date-fns";
import Link from "next/link";

import { useTaskContext } from "@/hooks/use-tasks";
import { timeZone } from "@/lib/dates";
import { sentence } from "@/lib/errors";

import { Button } from "./ui/button";

/** The numbers of tasks, and the completions of the last 30 days. */
export function Statistics() {
  const { api } = useTaskContext();
  const { data, error, refetch } = useQuery({ queryKey: ["statistics"], queryFn: ({ signal }) => api.statistics(timeZone(), signal), staleTime: 0 });
  const days = Array.from({ length: 30 }, (_, index) => format(subDays(new Date(), 29 - index), "yyyy-MM-dd"));
  const perDay = data?.completed_per_day ?? {};
  const most = Math.max(1, ...Object.values(perDay));
  const tags = Object.entries(data?.by_tag ?? {}).sort((a, b) => b[1] - a[1]).slice(0, 10);
  const numbers = {
    "All tasks": data?.total,
    Open: data?.by_status.pending,
    Overdue: data?.overdue,
    "High priority": data?.pending_by_priority.high,
    Done: data?.by_status.completed,
  };
  return (
    <main className="mx-auto max-w-5xl px-4 pt-6 pb-24">
      <h1 className="pb-4 text-2xl font-semibold">Statistics</h1>
      {error && (
        <p role="alert" className="mb-4 rounded-md border border-destructive p-3 text-sm">
          {sentence(error)}{" "}
          <Button variant="outline" size="sm" onClick={() => void refetch()}>
            Try again
          </Button>
        </p>
      )}
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-5 max-sm:[&>:first-child]:col-span-2" aria-busy={!data}>
        {Object.entries(numbers).map(([name, value]) => (
          <div key={name} className="rounded-lg border bg-card p-3">
            <dt className="text-sm text-muted-foreground">{name}</dt>
            <dd className="text-2xl font-semibold tabular-nums">{value ?? "–"}</dd>
          </div>
        ))}
      </dl>
      <h2 className="pt-6 pb-2 font-semibold">Done in the last 30 days</h2>
      <ol className="flex h-32 items-end gap-0.5 border-b" aria-label="Completed tasks per day">
        {days.map((day) => (
          <li key={day} className="flex h-full flex-1 items-end" title={`${format(parseISO(day), "d MMM")}: ${perDay[day] ?? 0}`}>
            <span className="sr-only">
              {format(parseISO(day), "d MMMM")}: {perDay[day] ?? 0}
            </span>
            <span aria-hidden className="w-full rounded-t-sm bg-primary" style={{ height: `${((perDay[day] ?? 0) / most) * 100}%` }} />
          </li>
        ))}
      </ol>
      <p className="flex justify-between pt-1 text-xs text-muted-foreground" aria-hidden>
        <span>{format(parseISO(days[0]!), "d MMM")}</span>
        <span>Today</span>
      </p>
      {tags.length > 0 && (
        <>
          <h2 className="pt-6 pb-2 font-semibold">Tags</h2>
          <ul className="grid gap-1">
            {tags.map(([tag, count]) => (
              <li key={tag} className="flex justify-between border-b py-1 text-sm">
                <Link className="truncate text-primary hover:underline" href={`/tasks?view=all&tag=${encodeURIComponent(tag)}`}>
                  #{tag}
                </Link>
                <span className="tabular-nums">{count}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </main>
  );
}
