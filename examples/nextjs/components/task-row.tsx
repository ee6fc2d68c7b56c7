"use client";

import { useEffect, useRef, useState } from "react";

import { changes, draftOf, type Draft } from "@/lib/draft";
import { dueText, isOverdue } from "@/lib/dates";
import { Problem } from "@/lib/errors";
import type { TaskFields } from "@/lib/draft";
import type { Task } from "@/lib/task";

import { type Edit, TaskEditor } from "./task-editor";

type Props = {
  task: Task;
  trashed: boolean;
  onComplete: (completed: boolean) => void;
  /** Saves over this state of the task; a change that somebody made since then is not written over unseen. */
  onSave: (from: Task, fields: Partial<TaskFields>) => Promise<Error | null>;
  onEditing: (isOpen: boolean) => void;
  onRemove: () => void;
  onRestore: () => void;
  onTag: (tag: string) => void;
};

/** A task in the list; while it is edited, a form in its place. */
export function TaskRow(props: Props) {
  const { task, onEditing } = props;
  const [editing, setEditing] = useState<Edit | null>(null);
  const title = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);

  // The keyboard goes back to where the editing began.
  useEffect(() => {
    if (wasEditing.current && !editing) title.current?.focus();
    if (wasEditing.current !== (editing !== null)) onEditing(editing !== null);
    wasEditing.current = editing !== null;
  }, [editing, onEditing]);

  /** The form closes at once; what the service refuses comes back into it. */
  const save = async (edit: Edit, draft: Draft) => {
    setEditing(null);
    const fields = changes(draftOf(edit.task), draft);
    if (Object.keys(fields).length === 0) return;
    const error = await props.onSave(edit.task, fields);
    if (error) setEditing({ task: edit.task, draft, wrong: error instanceof Problem ? error.fields : {} });
  };

  return (
    <li id={`task-${task.id}`} className={task.completed ? "task done" : "task"}>
      {editing ? (
        <TaskEditor edit={editing} onSave={(draft) => void save(editing, draft)} onClose={() => setEditing(null)} />
      ) : (
        <Shown {...props} titleRef={title} onEdit={() => setEditing({ task, draft: draftOf(task), wrong: {} })} />
      )}
    </li>
  );
}

type ShownProps = Props & { titleRef: React.Ref<HTMLButtonElement>; onEdit: () => void };

function Shown({ task, trashed, onComplete, onRemove, onRestore, onTag, titleRef, onEdit }: ShownProps) {
  const named = `title-${task.id}`;
  // Until the service has answered, there is nothing to act upon.
  const coming = task.id < 0;
  return (
    <>
      {!trashed && (
        <input
          type="checkbox"
          className="check"
          checked={task.completed}
          disabled={coming}
          aria-labelledby={named}
          onChange={(event) => onComplete(event.target.checked)}
        />
      )}
      <div className="what">
        {trashed ? (
          <span className="title" id={named}>
            {task.title}
          </span>
        ) : (
          <button className="title" id={named} ref={titleRef} data-focus title="Edit" disabled={coming} onClick={onEdit}>
            {task.title}
          </button>
        )}
        {task.description && <p className="note">{task.description}</p>}
        <Facts task={task} onTag={onTag} />
      </div>
      {trashed ? (
        <button className="quiet" data-focus aria-label={`Restore “${task.title}”`} onClick={onRestore}>
          Restore
        </button>
      ) : (
        <button className="quiet" aria-label={`Delete “${task.title}”`} disabled={coming} onClick={onRemove}>
          Delete
        </button>
      )}
    </>
  );
}

function Facts({ task, onTag }: { task: Task; onTag: (tag: string) => void }) {
  const late = task.due_date !== null && !task.completed && isOverdue(task.due_date);
  const plain = task.priority === "medium" || task.priority === "none";
  if (plain && !task.due_date && !task.recurrence_rule && task.tags.length === 0) return null;
  return (
    <ul className="facts" aria-label={`About “${task.title}”`}>
      {!plain && <li className={`priority ${task.priority}`}>{task.priority === "high" ? "High priority" : "Low priority"}</li>}
      {task.due_date && (
        <li className={late ? "late" : undefined}>
          <time dateTime={task.due_date}>
            {late ? "Overdue: " : "Due: "}
            {dueText(task.due_date)}
          </time>
        </li>
      )}
      {task.recurrence_rule && <li>Repeats</li>}
      {task.tags.map((tag) => (
        <li key={tag}>
          <button className="tag" title="Show tasks with this tag" onClick={() => onTag(tag)}>
            {tag}
          </button>
        </li>
      ))}
    </ul>
  );
}
