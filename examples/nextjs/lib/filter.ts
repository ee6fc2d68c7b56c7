// What a person has chosen to see: in the page's address, so that a reload, a bookmark and the back button keep it.

import type { Priority, Query } from "./task";

export type Filter = {
  show: "all" | "open" | "done" | "trash";
  priority?: Priority;
  tag?: string;
  search?: string;
  sort?: Query["sort"];
};

export const priorities: Priority[] = ["high", "medium", "low", "none"];
export const sorts = { created_at: "Newest", due_date: "Due date", priority: "Priority", title: "Title" } as const;

/** How many tasks a page of the list has. */
const PAGE = 50;

export function asQuery({ show, priority, tag, search, sort }: Filter): Query {
  return {
    status: ({ all: undefined, trash: undefined, open: "pending", done: "completed" } as const)[show],
    deleted: show === "trash" ? true : undefined,
    priority: priority && [priority],
    tags: tag ? [tag] : undefined,
    search,
    sort,
    limit: PAGE,
  };
}

/** What of an address is a filter; a value that is none counts as not set. */
export function readFilter(parameters: URLSearchParams): Filter {
  const get = (name: string) => parameters.get(name) || undefined;
  const oneOf = <T extends string>(name: string, values: readonly T[]) => values.find((value) => value === get(name));
  return {
    show: oneOf("show", ["all", "open", "done", "trash"]) ?? "all",
    priority: oneOf("priority", priorities),
    tag: get("tag"),
    search: get("search"),
    sort: oneOf("sort", Object.keys(sorts) as (keyof typeof sorts)[]),
  };
}

/** The query part of an address, with its `?`; nothing for what is the default. */
export function writeFilter(filter: Filter): string {
  const set = Object.entries(filter).filter(([name, value]) => value && !(name === "show" && value === "all"));
  const text = new URLSearchParams(set as [string, string][]).toString();
  return text && `?${text}`;
}
