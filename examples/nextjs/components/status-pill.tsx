"use client";

import { useEffect, useState } from "react";

/** Time until the page says that the service is slow, in ms. */
const SLOW = 1_000;

type Props = { isBusy: boolean; isAway: boolean; unsent: number };

/** Tells that the service is slow or unreachable, and how many writes wait. It lies above the page and moves nothing. */
export function StatusPill({ isBusy, isAway, unsent }: Props) {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    if (!isBusy) return setIsSlow(false);
    const timer = setTimeout(() => setIsSlow(true), SLOW);
    return () => clearTimeout(timer);
  }, [isBusy]);

  const waiting = unsent > 0 ? ` ${unsent === 1 ? "1 change waits" : `${unsent} changes wait`} to be sent.` : "";
  const text = isAway
    ? `The task service cannot be reached. It is tried again until it answers.${waiting}`
    : isSlow
      ? "The task service takes long to answer."
      : "";
  return (
    <div role="status" aria-label="Connection" className="pointer-events-none fixed inset-x-0 top-1.5 z-40 flex justify-center px-14">
      {text && (
        <p className="max-w-full rounded-full border border-warning bg-card px-3 py-1 text-center text-xs text-warning shadow-sm sm:text-sm">{text}</p>
      )}
    </div>
  );
}
