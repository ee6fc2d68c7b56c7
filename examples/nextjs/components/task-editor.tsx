"use client";

import { type FormEvent, type KeyboardEvent, useState } from "react";

import type { Draft } from "@/lib/draft";
import type { Task } from "@/lib/task";

import { TaskInputs } from "./task-inputs";

/** What an editor begins with: the task as it was then, the text in the form, and what of it the service has refused before. */
export type Edit = { task: Task; draft: Draft; wrong: Record<string, string> };

type Props = {
  edit: Edit;
  onSave: (draft: Draft) => void;
  onClose: () => void;
};

/** Enter saves (in the description with Ctrl), Escape leaves everything as it was. */
export function TaskEditor({ edit: { task, draft: initial, wrong }, onSave, onClose }: Props) {
  const [draft, setDraft] = useState(initial);
  const id = `edit-${task.id}`;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave(draft);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === "Escape") onClose();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  };

  return (
    <form className="editor" aria-label={`Edit “${task.title}”`} onSubmit={submit} onKeyDown={onKeyDown}>
      <div className="field">
        <label htmlFor={`${id}-title`}>Title</label>
        <input
          id={`${id}-title`}
          value={draft.title}
          maxLength={200}
          required
          autoFocus
          autoComplete="off"
          aria-invalid={wrong.title ? true : undefined}
          onChange={(event) => setDraft({ ...draft, title: event.target.value })}
        />
        {wrong.title && <p className="wrong">The title {wrong.title}.</p>}
      </div>
      <TaskInputs id={id} draft={draft} wrong={wrong} onChange={(change) => setDraft({ ...draft, ...change })} />
      <div className="buttons">
        <button type="button" className="quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="main">
          Save
        </button>
      </div>
    </form>
  );
}
