import { TaskBoard } from "@/components/task-board";

export const metadata = { title: "Your tasks" };

/** The page of tasks, the same for every user. The service worker stores it, and shows it when this server cannot be reached. */
export default function OfflinePage() {
  return <TaskBoard filter={{ view: "today" }} />;
}
