import { TaskBoard } from "@/components/task-board";
import { readFilter } from "@/hooks/filter";
import { requireSession } from "@/server/session";

export const metadata = { title: "Your tasks" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function TasksPage({ searchParams }: Props) {
  const parameters = new URLSearchParams(Object.entries(await searchParams).map(([name, value]) => [name, String(value)]));
  await requireSession(parameters.size > 0 ? `/tasks?${parameters}` : "/tasks");
  return <TaskBoard filter={readFilter(parameters)} />;
}
