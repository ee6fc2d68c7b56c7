"use client";

import { useCallback, useEffect, useState } from "react";

import { type Filter, readFilter, writeFilter } from "./filter";

/** The filter of the address, and its setter. Another view is a new entry of the history; other changes replace the entry. */
export function useFilter(initial: Filter): [Filter, (change: Partial<Filter>) => void] {
  const [filter, setFilter] = useState(initial);
  const given = writeFilter(initial);

  // A link leads to this page with another address. The page without network has the filter of its address only.
  useEffect(() => {
    const read = () => setFilter(readFilter(new URLSearchParams(location.search)));
    read();
    window.addEventListener("popstate", read);
    return () => window.removeEventListener("popstate", read);
  }, [given]);

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
