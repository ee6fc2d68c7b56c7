import type { ReactNode } from "react";

/** A narrow page with a heading: a form, or a message. */
export function Centered({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="mx-auto grid max-w-sm content-start gap-4 px-4 pt-[10vh] pb-24">
      <h1 className="text-2xl font-semibold">{title}</h1>
      {children}
    </main>
  );
}
