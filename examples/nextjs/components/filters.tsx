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
      <input
        className="search"
        aria-label="Search"
        type="search"
        placeholder="Search"
        value={filter.search ?? ""}
        onChange={(event) => set({ search: event.target.value || undefined })}
      />
      <input
        aria-label="Tag"
        type="search"
        placeholder="Tag"
        autoCapitalize="none"
        value={filter.tag ?? ""}
        onChange={(event) => set({ tag: event.target.value || undefined })}
      />
      <select
        aria-label="Priority"
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
      <select
        aria-label="Sort by"
        value={filter.sort ?? "created_at"}
        onChange={(event) => set({ sort: event.target.value as Filter["sort"] })}
      >
        {Object.entries(sorts).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </form>
  );
}
