"use client";

import { Centered } from "@/components/centered";
import { Button } from "@/components/ui/button";

/** Shown when the server cannot render a page, for example without Better Auth's database. */
export default function Failed() {
  return (
    <Centered title="This page cannot be shown for now">
      <p>The cause is in the server&rsquo;s log.</p>
      {/* The server renders the page again. */}
      <Button onClick={() => location.reload()}>Try again</Button>
    </Centered>
  );
}
