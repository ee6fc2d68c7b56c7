"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/** Whether the page's scripts have taken over. Until then the browser itself would send a form, to nowhere: its button is off. */
export const useHydrated = () => useSyncExternalStore(never, () => true, () => false);
