"use client";

import { ListChecksIcon, SearchIcon, XIcon } from "lucide-react";
import type { ReactNode } from "react";

import { type Filter, sorts } from "@/hooks/filter";

import { FilterButton } from "./filter-button";
import { OnDemand, onDemand } from "./on-demand";
import { Button } from "./ui/button";
import { Input } from "./ui/input";

const FilterPopover = onDemand(() => import("./filter-popover"));

type Props = {
  filter: Filter;
  onChange: (change: Partial<Filter>) => void;
  tags: string[];
  isSelecting: boolean;
  onSelecting: (isSelecting: boolean) => void;
  menu: ReactNode;
};

/** Search, filters and the selection, in one line. */
export function Toolbar({ filter, onChange, tags, isSelecting, onSelecting, menu }: Props) {
  const { search, tag, priority, sort } = filter;
  const chip = (text: string, change: Partial<Filter>) => (
    <Button variant="secondary" size="chip" aria-label={`Remove the filter ${text}`} onClick={() => onChange(change)}>
      {text} <XIcon className="size-3" />
    </Button>
  );
  return (
    <search aria-label="Filter tasks" className="flex flex-wrap items-center gap-1.5">
      <div className="relative min-w-0 flex-1 basis-40">
        <SearchIcon className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted-foreground" aria-hidden />
        <Input
          type="search"
          aria-label="Search"
          placeholder="Search"
          className="pl-8"
          value={search ?? ""}
          onChange={(event) => onChange({ search: event.target.value || undefined })}
        />
      </div>
      <OnDemand button={(open) => <FilterButton onClick={open} />}>
        <FilterPopover filter={filter} onChange={onChange} tags={tags} />
      </OnDemand>
      <Button
        variant={isSelecting ? "secondary" : "outline"}
        size="icon"
        aria-label="Select tasks"
        title="Select tasks"
        aria-pressed={isSelecting}
        onClick={() => onSelecting(!isSelecting)}
      >
        <ListChecksIcon />
      </Button>
      {menu}
      {(tag || priority || sort) && (
        <div className="flex w-full flex-wrap gap-1.5">
          {tag && chip(`#${tag}`, { tag: undefined })}
          {priority && chip(priority === "none" ? "No priority" : `Priority ${priority}`, { priority: undefined })}
          {sort && chip(`By ${sorts[sort].toLowerCase()}`, { sort: undefined })}
        </div>
      )}
    </search>
  );
}
