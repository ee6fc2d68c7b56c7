"use client";

import { ArchiveRestoreIcon, BellIcon, CalendarIcon, FlagIcon, RepeatIcon, Trash2Icon } from "lucide-react";
import type { ReactNode } from "react";

import { useTaskActions } from "@/hooks/use-task-actions";
import type { Row } from "@/hooks/use-tasks";
import { dueText, isOverdue } from "@/lib/dates";
import { ruleText } from "@/lib/recurrence";
import type { Task } from "@/lib/task";

import { Button } from "./ui/button";
import { Checkbox } from "./ui/checkbox";
import { cn } from "./ui/cn";

const syncTexts = { waiting: "Not sent yet", unsure: "Perhaps done: the response was lost" };

type Props = {
  row: Row;
  /** Undefined while the list has no selection. */
  isSelected?: boolean;
  onSelect: (isSelected: boolean) => void;
  onEdit: (task: Task) => void;
  onTag: (tag: string) => void;
};

/** A task in the list. */
export function TaskRow({ row: { task, inTrash, sync }, isSelected, onSelect, onEdit, onTag }: Props) {
  const actions = useTaskActions();
  const titleId = `title-${task.id}`;
  const isSelecting = isSelected !== undefined;
  return (
    <li
      id={`task-${task.id}`}
      data-task={task.id}
      data-sync={sync}
      className={cn("task flex min-h-14 items-start gap-3 border-b py-2", task.completed && "done", isSelected && "bg-accent")}
    >
      {isSelecting ? (
        <Checkbox
          className="mt-1.5 ml-1 rounded-full"
          checked={isSelected}
          aria-label={`Select “${task.title}”`}
          onCheckedChange={(checked) => onSelect(checked === true)}
        />
      ) : (
        !inTrash && (
          <Checkbox
            className="mt-1.5"
            checked={task.completed}
            aria-labelledby={titleId}
            onCheckedChange={(checked) => actions.complete(task, checked === true)}
          />
        )
      )}
      <div className="min-w-0 flex-1 py-1">
        {inTrash ? (
          <span className="title break-words" id={titleId}>
            {task.title}
          </span>
        ) : (
          <button
            type="button"
            id={titleId}
            data-focus
            className={cn(
              "title max-w-full rounded-sm text-left break-words outline-none focus-visible:ring-[3px] focus-visible:ring-ring/60",
              task.completed && "text-muted-foreground line-through",
            )}
            onClick={() => onEdit(task)}
          >
            {task.title}
          </button>
        )}
        {task.description && <p className="line-clamp-2 text-sm break-words whitespace-pre-line text-muted-foreground">{task.description}</p>}
        <Facts task={task} sync={sync} onTag={onTag} />
      </div>
      {inTrash ? (
        <>
          <IconButton label={`Restore “${task.title}”`} isFocus onClick={() => actions.restore(task)}>
            <ArchiveRestoreIcon />
          </IconButton>
          <IconButton label={`Delete “${task.title}” for ever`} onClick={() => actions.purge(task)}>
            <Trash2Icon />
          </IconButton>
        </>
      ) : (
        <IconButton label={`Delete “${task.title}”`} onClick={() => actions.remove(task)}>
          <Trash2Icon />
        </IconButton>
      )}
    </li>
  );
}

function IconButton({ label, isFocus, onClick, children }: { label: string; isFocus?: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <Button
      variant="ghost"
      size="icon"
      className="text-muted-foreground"
      aria-label={label}
      title={label}
      data-focus={isFocus || undefined}
      onClick={onClick}
    >
      {children}
    </Button>
  );
}

function Facts({ task, sync, onTag }: { task: Task; sync: Row["sync"]; onTag: (tag: string) => void }) {
  const isLate = task.due_date !== null && !task.completed && isOverdue(task.due_date);
  const syncText = sync && sync !== "sending" ? syncTexts[sync] : null;
  const isPlain = task.priority === "medium" || task.priority === "none";
  const reminder = task.remind_at && !task.completed;
  if (isPlain && !task.due_date && !task.recurrence_rule && !reminder && task.tags.length === 0 && !syncText) return null;
  return (
    <ul
      className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted-foreground [&_svg]:inline [&_svg]:size-3.5 [&>li]:inline-flex [&>li]:items-center [&>li]:gap-1"
      aria-label={`About “${task.title}”`}
    >
      {syncText && <li className="font-medium text-warning">{syncText}</li>}
      {task.due_date && (
        <li className={isLate ? "font-medium text-destructive" : undefined}>
          <CalendarIcon aria-hidden />
          <time dateTime={task.due_date}>
            <span className={isLate ? undefined : "sr-only"}>{isLate ? "Overdue: " : "Due: "}</span>
            {dueText(task.due_date)}
          </time>
        </li>
      )}
      {task.recurrence_rule && (
        <li>
          <RepeatIcon aria-hidden />
          Repeats {ruleText(task.recurrence_rule, task.repeat_from)}
        </li>
      )}
      {reminder && (
        <li>
          <BellIcon aria-hidden />
          Reminder: {dueText(task.remind_at!)}
        </li>
      )}
      {!isPlain && (
        <li className={task.priority === "high" ? "font-medium text-destructive" : undefined}>
          <FlagIcon aria-hidden />
          {task.priority === "high" ? "High priority" : "Low priority"}
        </li>
      )}
      {task.tags.map((tag) => (
        <li key={tag}>
          <Button variant="secondary" size="chip" className="max-w-48" title="Show tasks with this tag" aria-label={tag} onClick={() => onTag(tag)}>
            <span className="truncate">#{tag}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}
