// The filter and the order of the list. They are in the page's address: a reload, a bookmark and the back button keep them.

import type { Priority, Task } from "./task";

export type Filter = {
  show: "all" | "open" | "done" | "trash";
  priority?: Priority;
  tag?: string;
  search?: string;
  sort?: keyof typeof sorts;
};

export const priorities: Priority[] = ["high", "medium", "low", "none"];
export const sorts = { created_at: "Newest", due_date: "Due date", priority: "Priority", title: "Title" } as const;

const folded = (text: string) => text.normalize().toLocaleLowerCase();

export function matches({ show, priority, tag, search }: Filter, { task, inTrash }: { task: Task; inTrash: boolean }): boolean {
  if (inTrash !== (show === "trash")) return false;
  if ((show === "open" && task.completed) || (show === "done" && !task.completed)) return false;
  if (priority && task.priority !== priority) return false;
  if (tag && !task.tags.includes(tag)) return false;
  return !search || folded(`${task.title}\n${task.description ?? ""}`).includes(folded(search));
}

const newest = (a: Task, b: Task) => b.created_at.localeCompare(a.created_at) || b.id - a.id;

export function order(sort: Filter["sort"]): (a: Task, b: Task) => number {
  const far = "9999";
  switch (sort) {
    case "due_date":
      return (a, b) => (a.due_date ?? far).localeCompare(b.due_date ?? far) || newest(a, b);
    case "priority":
      return (a, b) => priorities.indexOf(a.priority) - priorities.indexOf(b.priority) || newest(a, b);
    case "title":
      return (a, b) => a.title.localeCompare(b.title) || newest(a, b);
    default:
      return newest;
  }
}

/** Reads the filter of an address. Ignores invalid values. */
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

/** Writes the query part of an address, without defaults. */
export function writeFilter(filter: Filter): string {
  const set = Object.entries(filter).filter(([name, value]) => value && !(name === "show" && value === "all"));
  const text = new URLSearchParams(set as [string, string][]).toString();
  return text && `?${text}`;
}
