import type { Filter } from "@/lib/filter";

/** The shape of a list that is still to come; at rest while nothing comes. */
export function Skeleton({ still }: { still: boolean }) {
  return (
    <ul className={still ? "tasks skeleton still" : "tasks skeleton"} aria-hidden="true">
      {["60%", "45%", "70%"].map((width) => (
        <li key={width} className="task">
          <span className="bone" style={{ width }} />
        </li>
      ))}
    </ul>
  );
}

/** In the place of a list without tasks. */
export function Nothing({ filter, onClear }: { filter: Filter; onClear: () => void }) {
  const narrowed = filter.priority || filter.tag || filter.search || filter.show === "open" || filter.show === "done";
  if (filter.show === "trash" && !filter.search) return <p className="nothing">The trash is empty.</p>;
  if (!narrowed) return <p className="nothing">Nothing to do yet. Add a first task above.</p>;
  return (
    <p className="nothing">
      No task fits. <button onClick={onClear}>Show all tasks</button>
    </p>
  );
}
