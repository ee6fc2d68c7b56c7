"use client";

import { type Filter, priorities, sorts } from "@/lib/filter";

const shows = { all: "All", open: "Open", done: "Done", trash: "Trash" } as const;

export function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const set = (change: Partial<Filter>) => onChange({ ...filter, ...change });
  return (
    <form className="filters" role="search" aria-label="Filter tasks" onSubmit={(event) => event.preventDefault()}>
      <fieldset className="shows">
        <legend className="hidden">Show</legend>
        {(Object.keys(shows) as Filter["show"][]).map((show) => (
          <label key={show}>
            <input type="radio" name="show" className="hidden" checked={filter.show === show} onChange={() => set({ show })} />
            <span>{shows[show]}</span>
          </label>
        ))}
      </fieldset>
      <label className="grow">
        <span className="hidden">Search</span>
        <input
          type="search"
          placeholder="Search"
          value={filter.search ?? ""}
          onChange={(event) => set({ search: event.target.value || undefined })}
        />
      </label>
      <label className="grow">
        <span className="hidden">Tag</span>
        <input
          type="search"
          placeholder="Tag"
          autoCapitalize="none"
          value={filter.tag ?? ""}
          onChange={(event) => set({ tag: event.target.value || undefined })}
        />
      </label>
      <label>
        <span className="hidden">Priority</span>
        <select
          value={filter.priority ?? ""}
          onChange={(event) => set({ priority: priorities.find((priority) => priority === event.target.value) })}
        >
          <option value="">Any priority</option>
          {priorities.map((priority) => (
            <option key={priority} value={priority}>
              {priority === "none" ? "No priority" : `Priority ${priority}`}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="hidden">Sort by</span>
        <select value={filter.sort ?? "created_at"} onChange={(event) => set({ sort: event.target.value as Filter["sort"] })}>
          {Object.entries(sorts).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}
