"use client";

import { type Filter, priorities, sorts } from "@/hooks/filter";

import { FilterButton } from "./filter-button";
import { Input, NativeSelect } from "./ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "./ui/popover";

type Props = { filter: Filter; onChange: (change: Partial<Filter>) => void; tags: string[] };

/** The filters by tag and priority, and the order. It opens at once: the button before it was clicked. */
export default function FilterPopover({ filter: { tag, priority, sort }, onChange, tags }: Props) {
  const select = (name: "priority" | "sort", label: string, options: (readonly [string, string])[]) => (
    <>
      <label htmlFor={`filter-${name}`} className="text-sm text-muted-foreground">
        {label}
      </label>
      <NativeSelect
        id={`filter-${name}`}
        value={{ priority, sort }[name] ?? ""}
        options={options}
        onChoose={(value) => onChange({ [name]: value || undefined })}
      />
    </>
  );
  return (
    <Popover defaultOpen>
      <PopoverTrigger asChild>
        <FilterButton />
      </PopoverTrigger>
      <PopoverContent align="end" className="grid gap-1.5" aria-label="Filters">
        <label htmlFor="filter-tag" className="text-sm text-muted-foreground">
          Tag
        </label>
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
        {select("priority", "Priority", [
          ["", "Any priority"],
          ...priorities.map((name) => [name, name === "none" ? "No priority" : `Priority ${name}`] as const),
        ])}
        {select("sort", "Sort by", [["", "As usual for the view"], ...Object.entries(sorts)])}
      </PopoverContent>
    </Popover>
  );
}
