"use client";

/** Shown where a page could not be made: Better Auth's database is away, for one. */
export default function Failed({ reset }: { reset: () => void }) {
  return (
    <main className="page narrow">
      <h1>This page cannot be shown for now</h1>
      <p>The cause is in the server&rsquo;s log.</p>
      <button className="main" onClick={reset}>
        Try again
      </button>
    </main>
  );
}
