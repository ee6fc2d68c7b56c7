"use client";

import { Fragment } from "react";

import { Dialog, DialogContent, DialogTitle } from "./ui/dialog";

const shortcuts = {
  q: "Add a task",
  "/": "Search",
  "j / k": "Next, previous task",
  Enter: "Edit the task",
  e: "Complete the task",
  Delete: "Move the task to the trash",
  x: "Select tasks",
  "g t": "Today",
  "g u": "Upcoming",
  "g a": "All",
  "g d": "Done",
  "g r": "Trash",
  "?": "These shortcuts",
};

export default function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent aria-describedby={undefined}>
        <DialogTitle>Keyboard shortcuts</DialogTitle>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
          {Object.entries(shortcuts).map(([keys, meaning]) => (
            <Fragment key={keys}>
              <dt>
                <kbd className="rounded border bg-muted px-1.5 py-0.5 font-mono text-xs">{keys}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </Fragment>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  );
}
