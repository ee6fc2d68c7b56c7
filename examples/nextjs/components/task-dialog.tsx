"use client";

import { type FormEvent, type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import * as z from "zod/mini";

import { priorities } from "@/hooks/filter";
import { askForNotifications } from "@/hooks/use-reminders";
import { useTaskActions } from "@/hooks/use-task-actions";
import { useTaskContext } from "@/hooks/use-tasks";
import { timeZone } from "@/lib/dates";
import type { NewTask, Task } from "@/lib/task";

import { DateField } from "./date-field";
import { ReminderField, withDue } from "./reminder-field";
import { RepeatFields } from "./repeat-fields";
import { Button } from "./ui/button";
import { Dialog, DialogContent, DialogFooter, DialogTitle } from "./ui/dialog";
import { Input, NativeSelect, Textarea } from "./ui/input";

/** The form's values, with the limits of the service. */
const schema = z.object({
  title: z.string().check(z.trim(), z.minLength(1, "must not be empty"), z.maxLength(200, "must have at most 200 characters")),
  description: z.nullable(z.string().check(z.maxLength(1000, "must have at most 1,000 characters"))),
  priority: z.enum(priorities),
  tags: z
    .array(z.string().check(z.maxLength(50, "must have at most 50 characters each")))
    .check(z.maxLength(20, "must be at most 20")),
  due_date: z.nullable(z.string()),
  remind_at: z.nullable(z.string()),
  recurrence_rule: z.nullable(z.string()),
  repeat_from: z.enum(["due_date", "completion"]),
  time_zone: z.nullable(z.string()),
});

export type Draft = z.infer<typeof schema>;

const draftOf = (start: Task | Partial<NewTask>): Draft => ({
  title: start.title ?? "",
  description: start.description ?? null,
  priority: start.priority ?? "medium",
  tags: start.tags ?? [],
  due_date: start.due_date ?? null,
  remind_at: start.remind_at ?? null,
  recurrence_rule: start.recurrence_rule ?? null,
  repeat_from: start.repeat_from ?? "due_date",
  time_zone: start.time_zone ?? null,
});

/** Returns only the changed values: a change of the other values by another client stays. */
const changes = (before: Draft, after: Draft) =>
  Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Draft])),
  ) as Partial<Draft>;

type Props = { start: Task | Partial<NewTask>; onClose: () => void };

/** The form of a task. Enter saves (in the description with Ctrl), Escape changes nothing. */
export default function TaskDialog({ start, onClose }: Props) {
  const { queue } = useTaskContext();
  const actions = useTaskActions();
  const task = "id" in start ? (start as Task) : null;
  const [before] = useState(() => draftOf(start));
  const [draft, setDraft] = useState(before);
  const [tags, setTags] = useState(before.tags.join(", "));
  const [wrong, setWrong] = useState<Partial<Record<string, string>>>({});
  const title = useRef<HTMLInputElement>(null);
  const set = (change: Partial<Draft>) => setDraft((draft) => ({ ...draft, ...change }));

  const save = () => {
    const tagList = [...new Set(tags.split(",").map((tag) => tag.trim().replace(/^#/, "")))].filter(Boolean);
    const isNewTime = draft.due_date !== before.due_date || draft.recurrence_rule !== before.recurrence_rule;
    const { data, error } = schema.safeParse({ ...draft, tags: tagList, time_zone: isNewTime ? timeZone() : draft.time_zone });
    if (error) return setWrong(Object.fromEntries(error.issues.map(({ path, message }) => [String(path[0]), message])));
    if (data.remind_at && data.remind_at !== before.remind_at) void askForNotifications();
    const changed = changes(before, data);
    if (!task) queue.create(data);
    else if (Object.keys(changed).length > 0) queue.change(task, changed);
    onClose();
  };

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    save();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  };

  const field = (name: keyof Draft, label: string, input: ReactNode, className = "") => (
    <div className={`grid content-start gap-1 ${className}`}>
      <label htmlFor={`task-${name}`} className="text-sm text-muted-foreground">
        {label}
      </label>
      {input}
      {wrong[name] && (
        <p role="alert" id={`task-${name}-wrong`} className="text-sm text-destructive">
          {label.split(",")[0]} {wrong[name]}.
        </p>
      )}
    </div>
  );
  const invalid = (name: keyof Draft) => (wrong[name] ? { "aria-invalid": true, "aria-describedby": `task-${name}-wrong` } : {});

  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent
        className="sm:max-w-xl"
        aria-describedby={undefined}
        onOpenAutoFocus={(event) => {
          event.preventDefault();
          title.current?.focus();
        }}
      >
        <DialogTitle>{task ? "Edit the task" : "New task"}</DialogTitle>
        <form
          aria-label={task ? `Edit “${task.title}”` : "Details of the new task"}
          className="grid gap-3 sm:grid-cols-2"
          onSubmit={onSubmit}
          onKeyDown={onKeyDown}
        >
          {field(
            "title",
            "Title",
            <Input
              id="task-title"
              value={draft.title}
              ref={title}
              autoComplete="off"
              onChange={(event) => set({ title: event.target.value })}
              {...invalid("title")}
            />,
            "sm:col-span-2",
          )}
          {field(
            "description",
            "Description",
            <Textarea
              id="task-description"
              rows={2}
              value={draft.description ?? ""}
              onChange={(event) => set({ description: event.target.value || null })}
              {...invalid("description")}
            />,
            "sm:col-span-2",
          )}
          {field("due_date", "Due", <DateField id="task-due_date" value={draft.due_date} onChange={(due_date) => set(withDue(draft, due_date))} />)}
          {field(
            "priority",
            "Priority",
            <NativeSelect
              id="task-priority"
              value={draft.priority}
              options={priorities.map((name) => [name, name])}
              onChoose={(priority) => set({ priority: priority as Draft["priority"] })}
            />,
          )}
          {field("recurrence_rule", "Repeat", <RepeatFields id="task-recurrence_rule" draft={draft} onChange={set} />, "sm:col-span-2")}
          {field("remind_at", "Reminder", <ReminderField id="task-remind_at" draft={draft} onChange={set} />, "sm:col-span-2")}
          {field(
            "tags",
            "Tags, with commas between",
            <Input
              id="task-tags"
              value={tags}
              autoComplete="off"
              autoCapitalize="none"
              onChange={(event) => setTags(event.target.value)}
              {...invalid("tags")}
            />,
            "sm:col-span-2",
          )}
          <DialogFooter className="sm:col-span-2">
            {task && (
              <Button
                variant="ghost"
                className="mr-auto text-destructive"
                onClick={() => {
                  actions.remove(task);
                  onClose();
                }}
              >
                Delete
              </Button>
            )}
            <Button variant="outline" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit">Save</Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
