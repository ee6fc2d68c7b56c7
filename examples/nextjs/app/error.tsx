"use client";

import { Button } from "@/components/ui/button";

/** Shown when the server cannot render a page, for example without Better Auth's database. */
export default function Failed() {
  return (
    <main className="mx-auto grid max-w-sm content-start gap-4 px-4 pt-[10vh] pb-24">
      <h1 className="text-2xl font-semibold">This page cannot be shown for now</h1>
      <p>The cause is in the server&rsquo;s log.</p>
      {/* The server renders the page again. */}
      <Button onClick={() => location.reload()}>Try again</Button>
    </main>
  );
}
