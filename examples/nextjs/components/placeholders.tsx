import type { Filter } from "@/hooks/filter";

import { Button } from "./ui/button";

/** The shape of a list that is loading; at rest while the service is unreachable. */
export function Skeleton({ isStill }: { isStill: boolean }) {
  return (
    <div role="status">
      <span className="sr-only">Loading your tasks</span>
      <ul className={isStill ? undefined : "animate-pulse"} aria-hidden="true">
        {["60%", "45%", "70%"].map((width) => (
          <li key={width} className="flex h-14 items-center gap-3 border-b">
            <span className="size-5 rounded-[4px] bg-muted" />
            <span className="h-4 rounded-full bg-muted" style={{ width }} />
          </li>
        ))}
      </ul>
    </div>
  );
}

const texts: Record<Filter["view"], string> = {
  today: "Nothing is due today.",
  upcoming: "Nothing is planned.",
  all: "Nothing to do yet. Add a first task above.",
  done: "No task is done yet.",
  trash: "The trash is empty.",
};

type Props = { filter: Filter; hasTasks: boolean; onChange: (change: Partial<Filter>) => void };

/** Shown instead of a list without tasks. */
export function Nothing({ filter, hasTasks, onChange }: Props) {
  const isNarrowed = filter.priority || filter.tag || filter.search;
  const clear = { priority: undefined, tag: undefined, search: undefined };
  return (
    <div className="flex flex-col items-center gap-3 py-12 text-center text-muted-foreground">
      <p>{isNarrowed ? "No task fits." : !hasTasks && filter.view !== "trash" ? texts.all : texts[filter.view]}</p>
      {isNarrowed && (
        <Button variant="outline" onClick={() => onChange(clear)}>
          Show all tasks
        </Button>
      )}
      {!isNarrowed && hasTasks && filter.view === "today" && (
        <Button variant="outline" onClick={() => onChange({ view: "all" })}>
          Show all tasks
        </Button>
      )}
    </div>
  );
}
