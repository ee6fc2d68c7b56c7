import Link from "next/link";

export const metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main className="page narrow">
      <h1>There is no such page</h1>
      <p>
        <Link href="/tasks">Go to your tasks</Link>
      </p>
    </main>
  );
}
