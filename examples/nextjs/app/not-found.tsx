import Link from "next/link";

export const metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main className="mx-auto grid max-w-sm content-start gap-4 px-4 pt-[10vh] pb-24">
      <h1 className="text-2xl font-semibold">There is no such page</h1>
      <p>
        <Link className="text-primary underline underline-offset-4" href="/tasks">Go to your tasks</Link>
      </p>
    </main>
  );
}
