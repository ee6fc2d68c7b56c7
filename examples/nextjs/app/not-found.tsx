import Link from "next/link";

import { Centered } from "@/components/centered";

export const metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <Centered title="There is no such page">
      <p>
        <Link className="text-primary underline underline-offset-4" href="/tasks">Go to your tasks</Link>
      </p>
    </Centered>
  );
}
