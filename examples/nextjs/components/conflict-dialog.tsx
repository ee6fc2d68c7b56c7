"use client";

import type { Conflicts, TaskQueue } from "@/hooks/queue";
import { dueText } from "@/lib/dates";
import { ruleText } from "@/lib/recurrence";
import type { TaskChange } from "@/lib/task";

import { Button } from "./ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle } from "./ui/dialog";

const names: Partial<Record<keyof TaskChange, string>> = {
  title: "Title",
  description: "Description",
  priority: "Priority",
  tags: "Tags",
  due_date: "Due",
  remind_at: "Reminder",
  recurrence_rule: "Repeat",
};

type Props = { conflict: Conflicts[number]; queue: TaskQueue };

/** Shows both texts of a conflict. It comes again until the user decides. */
export default function ConflictDialog({ conflict: { theirs, mine }, queue }: Props) {
  const fields = (Object.keys(mine) as (keyof TaskChange)[]).filter((field) => field in names);
  const keepBoth = () => {
    queue.create({ title: theirs.title, description: theirs.description, priority: theirs.priority, tags: theirs.tags, ...mine });
    queue.resolve(theirs.id, false);
  };
  return (
    <Dialog open>
      <DialogContent className="[&>button:last-child]:hidden">
        <DialogTitle>This task was changed meanwhile</DialogTitle>
        <DialogDescription>Somebody, or you in another window, changed it before your change arrived.</DialogDescription>
        <div className="overflow-x-auto">
          <table className="w-full text-left text-sm [&_td]:border-b [&_td]:py-1.5 [&_td]:pr-3 [&_td]:align-top [&_td]:break-words [&_th]:border-b [&_th]:py-1.5 [&_th]:pr-3 [&_th]:font-medium">
            <thead>
              <tr>
                <th scope="col">Field</th>
                <th scope="col">Now</th>
                <th scope="col">Yours</th>
              </tr>
            </thead>
            <tbody>
              {fields.map((field) => (
                <tr key={field}>
                  <th scope="row">{names[field]}</th>
                  <td>{shown(field, theirs)}</td>
                  <td>{shown(field, mine)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <DialogFooter>
          <Button variant="outline" onClick={() => queue.resolve(theirs.id, false)}>
            Reload
          </Button>
          <Button variant="outline" onClick={keepBoth}>
            Keep both
          </Button>
          <Button variant="destructive" onClick={() => queue.resolve(theirs.id, true)}>
            Overwrite
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

function shown(field: keyof TaskChange, values: TaskChange): string {
  const value = values[field];
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return "–";
  if (field === "due_date" || field === "remind_at") return dueText(String(value));
  return field === "recurrence_rule" ? ruleText(String(value)) : Array.isArray(value) ? value.join(", ") : String(value);
}
