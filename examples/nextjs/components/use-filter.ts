"use client";

import { useEffect, useState } from "react";

import { type Filter, writeFilter } from "@/lib/filter";

/** The filter, which is also written to the page's address. */
export function useFilter(initial: Filter): [Filter, (filter: Filter) => void] {
  const [filter, setFilter] = useState(initial);
  useEffect(() => history.replaceState(history.state, "", location.pathname + writeFilter(filter)), [filter]);
  return [filter, setFilter];
}
