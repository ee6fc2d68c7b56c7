"use client";

import { useCallback, useEffect, useState } from "react";

import { type Filter, readFilter, writeFilter } from "./filter";

/** The filter of the address, and its setter. Another view is a new entry of the history; other changes replace the entry. */
export function useFilter(initial: Filter): [Filter, (change: Partial<Filter>) => void] {
  const [filter, setFilter] = useState(initial);
  const given = writeFilter(initial);

  // A link of the header leads to this page with another address.
  useEffect(() => setFilter(readFilter(new URLSearchParams(given))), [given]);

  useEffect(() => {
    const onBack = () => setFilter(readFilter(new URLSearchParams(location.search)));
    window.addEventListener("popstate", onBack);
    return () => window.removeEventListener("popstate", onBack);
  }, []);

  const set = useCallback(
    (change: Partial<Filter>) => {
      const next = { ...filter, ...change };
      setFilter(next);
      history[next.view === filter.view ? "replaceState" : "pushState"](null, "", location.pathname + writeFilter(next));
    },
    [filter],
  );
  return [filter, set];
}
