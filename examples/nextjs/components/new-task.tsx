"use client";

import { type FormEvent, useRef, useState } from "react";

import { empty, fieldsOf, type Draft } from "@/lib/draft";
import { Problem } from "@/lib/errors";
import type { TaskFields } from "@/lib/draft";

import { TaskInputs } from "./task-inputs";
import { useHydrated } from "./use-hydrated";

/** A draft, and the key of its creation once it was sent. A change of the draft is another creation, with another key. */
type Attempt = { draft: Draft; key: string | null };

const start: Attempt = { draft: empty, key: null };

/** The form for a new task. It is emptied at once; what the service refuses, or does not answer, comes back into it. */
export function NewTask({ onAdd }: { onAdd: (fields: TaskFields, key: string) => Promise<Error | null> }) {
  const [{ draft, key }, setAttempt] = useState(start);
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const title = useRef<HTMLInputElement>(null);
  const hydrated = useHydrated();

  const change = (change: Partial<Draft>) => setAttempt({ draft: { ...draft, ...change }, key: null });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The answer to a draft may be lost after the task was made. The same draft keeps its key, so that it makes no second task.
    const sent = { draft, key: key ?? crypto.randomUUID() };
    setAttempt(start);
    setWrong({});
    title.current?.focus();
    const error = await onAdd(fieldsOf(sent.draft), sent.key);
    if (!error) return;
    setAttempt((now) => (now.draft.title === "" ? sent : now));
    if (error instanceof Problem) setWrong(error.fields);
  };

  return (
    <form className="new" onSubmit={(event) => void submit(event)} aria-label="New task">
      <div className="line">
        <label className="hidden" htmlFor="new-title">
          What is to be done?
        </label>
        <input
          id="new-title"
          ref={title}
          value={draft.title}
          onChange={(event) => change({ title: event.target.value })}
          placeholder="What is to be done?"
          maxLength={200}
          required
          autoComplete="off"
          aria-describedby={wrong.title ? "new-title-wrong" : undefined}
          aria-invalid={wrong.title ? true : undefined}
        />
        <button type="button" className="quiet" aria-expanded={open} aria-controls="new-details" onClick={() => setOpen(!open)}>
          Details
        </button>
        <button type="submit" className="main" disabled={!hydrated}>
          Add
        </button>
      </div>
      {wrong.title && (
        <p className="wrong" id="new-title-wrong">
          The title {wrong.title}.
        </p>
      )}
      <div id="new-details" hidden={!open}>
        <TaskInputs id="new" draft={draft} wrong={wrong} onChange={change} />
      </div>
    </form>
  );
}
