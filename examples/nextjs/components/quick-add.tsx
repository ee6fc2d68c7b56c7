"use client";

import { BellIcon, CalendarIcon, FlagIcon, HashIcon, PlusIcon, RepeatIcon, SlidersHorizontalIcon, XIcon } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";

import { useHydrated } from "@/hooks/use-hydrated";
import { useTaskContext } from "@/hooks/use-tasks";
import { dueText } from "@/lib/dates";
import type { Part, Understood } from "@/lib/quick-add";
import { ruleText } from "@/lib/recurrence";
import type { NewTask } from "@/lib/task";

import { Button } from "./ui/button";
import { Input } from "./ui/input";

const MAX_TITLE = 200;

type Props = {
  /** Members that a new task of this view has if the line does not set them. */
  defaults: Partial<NewTask>;
  onDetails: (task: NewTask) => void;
};

/** Reads a task from a line, shows what it understood, and adds the task. */
export function QuickAdd({ defaults, onDetails }: Props) {
  const { queue } = useTaskContext();
  const [line, setLine] = useState("");
  const [ignored, setIgnored] = useState<Part[]>([]);
  const [wrong, setWrong] = useState("");
  const understand = useUnderstand(line.trim() !== "");
  const input = useRef<HTMLInputElement>(null);
  const hydrated = useHydrated();

  const understood = (understand ?? asTitle)(line, ignored);
  const task = { ...defaults, ...understood.task };

  const clear = () => {
    setLine("");
    setIgnored([]);
    setWrong("");
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The parser may not have arrived yet.
    const read = understand ?? (await loadParser().catch(() => asTitle));
    const { task } = read(line, ignored);
    if (!task.title) return setWrong("The title must not be empty.");
    if (task.title.length > MAX_TITLE) return setWrong(`The title must have at most ${MAX_TITLE} characters.`);
    queue.create({ ...defaults, ...task });
    clear();
    input.current?.focus();
  };

  return (
    <form onSubmit={(event) => void submit(event)} aria-label="New task">
      <div className="flex gap-2">
        <label className="sr-only" htmlFor="new-task">
          What is to be done?
        </label>
        <Input
          id="new-task"
          ref={input}
          value={line}
          placeholder="What is to be done?"
          autoComplete="off"
          required
          aria-invalid={wrong ? true : undefined}
          aria-describedby="understood"
          onChange={(event) => {
            setLine(event.target.value);
            setWrong("");
            if (event.target.value === "") setIgnored([]);
          }}
        />
        <Button
          variant="outline"
          size="icon"
          aria-label="Details"
          title="Details"
          onClick={() => {
            onDetails(task);
            clear();
          }}
        >
          <SlidersHorizontalIcon />
        </Button>
        <Button type="submit" disabled={!hydrated} className="px-3 sm:px-4">
          <PlusIcon className="sm:hidden" />
          <span className="sr-only sm:not-sr-only">Add</span>
        </Button>
      </div>
      <div id="understood" aria-live="polite" className="flex min-h-8 flex-wrap items-center gap-1.5 py-1">
        {wrong && <p className="text-sm text-destructive">{wrong}</p>}
        {!wrong && line.trim() === "" && (
          <p className="truncate text-xs text-muted-foreground">Try “pay rent tomorrow 9am #home !high every month”.</p>
        )}
        {!wrong && line.trim() !== "" && <Chips task={task} texts={understood.texts} onIgnore={(part) => setIgnored([...ignored, part])} />}
      </div>
    </form>
  );
}

type ChipsProps = { task: NewTask; texts: Understood["texts"]; onIgnore: (part: Part) => void };

function Chips({ task, texts, onIgnore }: ChipsProps) {
  const chip = (part: Part | null, Icon: typeof BellIcon, text: string) => {
    const canIgnore = part !== null && texts[part];
    return (
      <span key={text} className="inline-flex h-6 items-center gap-1 rounded-full bg-secondary px-2 text-xs">
        <Icon className="size-3" aria-hidden />
        {text}
        {canIgnore && (
          <button
            type="button"
            className="rounded-full outline-none focus-visible:ring-[3px] focus-visible:ring-ring/60"
            aria-label={`Keep “${texts[part]}” in the title`}
            title={`Keep “${texts[part]}” in the title`}
            onClick={() => onIgnore(part)}
          >
            <XIcon className="size-3" />
          </button>
        )}
      </span>
    );
  };
  return (
    <>
      {task.due_date && chip("due", CalendarIcon, dueText(task.due_date))}
      {task.recurrence_rule && chip("repeat", RepeatIcon, ruleText(task.recurrence_rule))}
      {task.priority && chip("priority", FlagIcon, `${task.priority} priority`)}
      {task.tags && task.tags.length > 0 && chip("tags", HashIcon, task.tags.join(", "))}
    </>
  );
}

/** Reads the line while the parser is not loaded. */
const asTitle = (line: string, _ignored: Part[]): Understood => ({ task: { title: line.trim() }, texts: {} });

const loadParser = () => import("@/lib/quick-add").then(({ understand }) => understand);

/** Loads the parser with the first text. */
function useUnderstand(isNeeded: boolean) {
  const [parser, setParser] = useState<{ understand: Awaited<ReturnType<typeof loadParser>> } | null>(null);
  useEffect(() => {
    if (isNeeded && !parser) void loadParser().then((understand) => setParser({ understand }), () => undefined);
  }, [isNeeded, parser]);
  return parser?.understand;
}
