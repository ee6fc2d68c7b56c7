"use client";

import { useEffect, useState } from "react";

import { type Filter, writeFilter } from "@/lib/filter";

/** How long a person has to stop typing before the service is asked, in ms. */
const PAUSE = 250;

/** The filter as it is shown, its setter, and the filter to ask for, in which text follows once the typing pauses. */
export function useFilter(initial: Filter): [Filter, (filter: Filter) => void, Filter] {
  const [filter, setFilter] = useState(initial);
  const [text, setText] = useState({ search: initial.search, tag: initial.tag });

  useEffect(() => {
    history.replaceState(history.state, "", location.pathname + writeFilter(filter));
    const timer = setTimeout(() => setText({ search: filter.search, tag: filter.tag }), PAUSE);
    return () => clearTimeout(timer);
  }, [filter]);

  return [filter, setFilter, { ...filter, ...text }];
}
