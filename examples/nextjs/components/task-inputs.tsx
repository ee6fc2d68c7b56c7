import type { Draft } from "@/lib/draft";
import { priorities } from "@/lib/filter";
import type { Priority } from "@/lib/task";

type Props = {
  /** Begins the ids of the fields: unique on the page. */
  id: string;
  draft: Draft;
  /** What the service says is wrong, by field. */
  wrong: Record<string, string>;
  onChange: (change: Partial<Draft>) => void;
};

/** The fields of a task beside its title. */
export function TaskInputs({ id, draft, wrong, onChange }: Props) {
  const field = (name: string, label: string, input: React.ReactNode) => (
    <div className={`field ${name}`}>
      <label htmlFor={`${id}-${name}`}>{label}</label>
      {input}
      {wrong[name] && (
        <p className="wrong">
          {label} {wrong[name]}.
        </p>
      )}
    </div>
  );
  return (
    <div className="fields">
      {field(
        "description",
        "Description",
        <textarea
          id={`${id}-description`}
          rows={2}
          maxLength={1000}
          value={draft.description}
          onChange={(event) => onChange({ description: event.target.value })}
        />,
      )}
      {field(
        "priority",
        "Priority",
        <select
          id={`${id}-priority`}
          value={draft.priority}
          onChange={(event) => onChange({ priority: event.target.value as Priority })}
        >
          {priorities.map((priority) => (
            <option key={priority}>{priority}</option>
          ))}
        </select>,
      )}
      {field(
        "due_date",
        "Due",
        <input id={`${id}-due_date`} type="date" value={draft.due} onChange={(event) => onChange({ due: event.target.value })} />,
      )}
      {field(
        "tags",
        "Tags, with commas between",
        <input
          id={`${id}-tags`}
          value={draft.tags}
          autoComplete="off"
          autoCapitalize="none"
          onChange={(event) => onChange({ tags: event.target.value })}
        />,
      )}
    </div>
  );
}
