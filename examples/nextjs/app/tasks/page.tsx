import { SiteHeader } from "@/components/site-header";
import { TaskBoard } from "@/components/task-board";
import { TasksProvider } from "@/hooks/tasks-provider";
import { readFilter } from "@/lib/filter";
import { requireSession } from "@/lib/session";
import { serviceForBrowsers } from "@/lib/settings";

export const metadata = { title: "Your tasks" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function TasksPage({ searchParams }: Props) {
  const parameters = new URLSearchParams(Object.entries(await searchParams).map(([name, value]) => [name, String(value)]));
  const { user } = await requireSession(parameters.size > 0 ? `/tasks?${parameters}` : "/tasks");
  return (
    <>
      <SiteHeader name={user.name} />
      {/* Another user gets another cache and another board. */}
      <TasksProvider key={user.id}>
        <TaskBoard user={user.id} service={serviceForBrowsers()} filter={readFilter(parameters)} />
      </TasksProvider>
    </>
  );
}
