"use client";

import { type ReactNode, Suspense, useEffect, useState } from "react";

type Props = {
  /** Renders the button until its first click. */
  button: (open: () => void) => ReactNode;
  /** A lazy component with the same button, which opens at once. */
  children: ReactNode;
};

/** Loads a menu or a popover with the first click on its button. */
export function OnDemand({ button, children }: Props) {
  const [isWanted, setIsWanted] = useState(false);
  const open = button(() => setIsWanted(true));
  return isWanted ? <Suspense fallback={open}>{children}</Suspense> : open;
}

/** Loads the lazy parts of the page when the browser is idle, so that they are there without network too. */
export function usePreload(loads: readonly (() => Promise<unknown>)[]) {
  useEffect(() => {
    const run = () => loads.forEach((load) => void load().catch(() => undefined));
    // Safari has no requestIdleCallback.
    const timer = setTimeout(() => ("requestIdleCallback" in window ? requestIdleCallback(run) : run()), 1_000);
    return () => clearTimeout(timer);
  }, [loads]);
}
