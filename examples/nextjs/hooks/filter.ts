// The view and its filter. They are in the page's address: a reload, a bookmark and the back button keep them.

import { dayOf, isDay, today } from "@/lib/dates";
import type { Priority, Task } from "@/lib/task";

import type { Row } from "./use-tasks";

export const views = { today: "Today", upcoming: "Upcoming", all: "All", done: "Done", trash: "Trash" } as const;
export const priorities = ["high", "medium", "low", "none"] as const satisfies Priority[];
export const sorts = { due_date: "Due date", created_at: "Newest", priority: "Priority", title: "Title" } as const;

export type View = keyof typeof views;
type Sort = keyof typeof sorts;

export type Filter = { view: View; priority?: Priority; tag?: string; search?: string; sort?: Sort };

/** Reads the filter of an address. Ignores invalid values. */
export function readFilter(parameters: URLSearchParams): Filter {
  const get = (name: string) => parameters.get(name) || undefined;
  const oneOf = <T extends string>(name: string, values: readonly T[]) => values.find((value) => value === get(name));
  return {
    view: oneOf("view", Object.keys(views) as View[]) ?? "today",
    sort: oneOf("sort", Object.keys(sorts) as Sort[]),
    priority: oneOf("priority", priorities),
    tag: get("tag"),
    search: get("search"),
  };
}

/** Writes the query part of an address, without defaults. */
export function writeFilter(filter: Filter): string {
  const set = Object.entries(filter).filter(([name, value]) => value && !(name === "view" && value === "today"));
  const text = new URLSearchParams(set as [string, string][]).toString();
  return text && `?${text}`;
}

const folded = (text: string) => text.normalize().toLocaleLowerCase();

const inView: Record<View, (task: Task) => boolean> = {
  today: ({ due_date, completed, completed_at }) =>
    due_date !== null && dayOf(due_date) <= today() && (!completed || dayOf(completed_at ?? "") === today()),
  upcoming: ({ due_date, completed }) => due_date !== null && dayOf(due_date) > today() && !completed,
  all: () => true,
  done: ({ completed }) => completed,
  trash: () => true,
};

export function matches({ view, priority, tag, search }: Filter, { task, inTrash }: Row): boolean {
  if (inTrash !== (view === "trash") || !inView[view](task)) return false;
  if (priority && task.priority !== priority) return false;
  if (tag && !task.tags.includes(tag)) return false;
  return !search || folded(`${task.title}\n${task.description ?? ""}`).includes(folded(search));
}

const newest = (a: Task, b: Task) => b.created_at.localeCompare(a.created_at) || b.id - a.id;

/** A day sorts before the times of that day. */
const dueKey = ({ due_date: due }: Task) => (due === null ? "9999" : isDay(due) ? due : `${dayOf(due)}T${due}`);

/** The order of a view: by default Today and Upcoming by due date, the others newest first. */
export function order({ view, sort }: Filter): (a: Task, b: Task) => number {
  switch (sort ?? (view === "today" || view === "upcoming" ? "due_date" : "created_at")) {
    case "due_date":
      return (a, b) => dueKey(a).localeCompare(dueKey(b)) || newest(a, b);
    case "priority":
      return (a, b) => priorities.indexOf(a.priority) - priorities.indexOf(b.priority) || newest(a, b);
    case "title":
      return (a, b) => a.title.localeCompare(b.title) || newest(a, b);
    case "created_at":
      return view === "done" ? (a, b) => (b.completed_at ?? "").localeCompare(a.completed_at ?? "") || newest(a, b) : newest;
  }
}
