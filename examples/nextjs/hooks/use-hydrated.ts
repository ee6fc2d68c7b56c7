"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/**
 * Whether the page's scripts have taken over. Until then a form would be sent by the browser itself, to nowhere: its button stays off.
 */
export const useHydrated = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
