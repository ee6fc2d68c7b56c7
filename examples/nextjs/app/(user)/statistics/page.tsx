import { Statistics } from "@/components/statistics";
import { requireSession } from "@/server/session";

export const metadata = { title: "Statistics" };

export default async function StatisticsPage() {
  await requireSession("/statistics");
  return <Statistics />;
}
