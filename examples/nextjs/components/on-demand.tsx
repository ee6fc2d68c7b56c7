"use client";

import { type ComponentType, lazy, type ReactNode, startTransition, Suspense, useEffect, useState } from "react";
import { toast } from "sonner";

import { storeAssets } from "@/hooks/offline";

const loads = new Set<() => Promise<unknown>>();

/** A component that is loaded when it is shown, or after the first press of a key or a button on the page. */
export function onDemand<P extends object>(load: () => Promise<{ default: ComponentType<P> }>) {
  preload(load);
  return lazy<ComponentType<P>>(() => load().catch(() => ({ default: Missing })));
}

/** Adds a part to those that are loaded after the first press, so that they are there without network too. */
export const preload = (load: () => Promise<unknown>) => void loads.add(load);

/** In the place of a part that cannot be loaded. */
function Missing() {
  useEffect(() => void toast.error("This part of the page is not loaded. Reload the page when you are online."), []);
  return null;
}

type Props = {
  /** Renders the button until its first click. */
  button: (open: () => void) => ReactNode;
  /** A component of `onDemand` with the same button, which opens at once. */
  children: ReactNode;
};

/** Loads a menu or a popover with the first click on its button. */
export function OnDemand({ button, children }: Props) {
  const [isWanted, setIsWanted] = useState(false);
  // In a transition, the button stays in the page, with the focus, until the part is loaded.
  return <Suspense>{isWanted ? children : button(() => startTransition(() => setIsWanted(true)))}</Suspense>;
}

/** Time from the first press until the parts are loaded, in ms: what the press opens comes first. */
const PAUSE = 500;

/** Loads the parts of the page after the first press. */
export function usePreload() {
  useEffect(() => {
    const ended = new AbortController();
    const load = () => void Promise.allSettled([...loads].map((load) => load())).then(storeAssets).catch(() => undefined);
    const run = () => {
      ended.abort();
      setTimeout(load, PAUSE);
    };
    for (const event of ["pointerdown", "keydown"]) window.addEventListener(event, run, { capture: true, signal: ended.signal });
    return () => ended.abort();
  }, []);
}
