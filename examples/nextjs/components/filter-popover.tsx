"use client";

import { type Filter, priorities, sorts } from "@/hooks/filter";

import { FilterButton } from "./filter-button";
import { Input, NativeSelect } from "./ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "./ui/popover";

type Props = { filter: Filter; onChange: (change: Partial<Filter>) => void; tags: string[] };

/** The filters by tag and priority, and the order. It opens at once: the button before it was clicked. */
export default function FilterPopover({ filter: { tag, priority, sort }, onChange, tags }: Props) {
  const label = (text: string, id: string) => (
    <label htmlFor={id} className="text-sm text-muted-foreground">
      {text}
    </label>
  );
  return (
    <Popover defaultOpen>
      <PopoverTrigger asChild>
        <FilterButton />
      </PopoverTrigger>
      <PopoverContent align="end" className="grid gap-1.5" aria-label="Filters">
        {label("Tag", "filter-tag")}
          <Input
            id="filter-tag"
            list="tags"
            type="search"
            autoCapitalize="none"
            value={tag ?? ""}
            onChange={(event) => onChange({ tag: event.target.value || undefined })}
          />
          <datalist id="tags">
            {tags.map((tag) => (
              <option key={tag} value={tag} />
            ))}
          </datalist>
        {label("Priority", "filter-priority")}
          <NativeSelect
            id="filter-priority"
            value={priority ?? ""}
            onChange={(event) => onChange({ priority: priorities.find((priority) => priority === event.target.value) })}
          >
            <option value="">Any priority</option>
            {priorities.map((priority) => (
              <option key={priority} value={priority}>
                {priority === "none" ? "No priority" : `Priority ${priority}`}
              </option>
            ))}
          </NativeSelect>
        {label("Sort by", "filter-sort")}
          <NativeSelect id="filter-sort" value={sort ?? ""} onChange={(event) => onChange({ sort: (event.target.value || undefined) as Filter["sort"] })}>
            <option value="">As usual for the view</option>
            {Object.entries(sorts).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </NativeSelect>
      </PopoverContent>
    </Popover>
  );
}
