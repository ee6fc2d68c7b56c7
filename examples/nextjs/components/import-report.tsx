"use client";

import type { Imported } from "@/lib/task";

import { Button } from "./ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle } from "./ui/dialog";

/** What an import did, with the rejected tasks. */
export default function ImportReport({ imported, onClose }: { imported: Imported & { name: string }; onClose: () => void }) {
  const { name, created, updated, skipped, rejected, warnings = [] } = imported;
  const notes = (title: string, reports: Imported["rejected"], more = 0) =>
    reports.length > 0 && (
      <div>
        <h3 className="text-sm font-semibold">{title}</h3>
        <ul className="max-h-48 overflow-y-auto text-sm" tabIndex={0} aria-label={title}>
          {reports.map(({ uid, title, detail }, index) => (
            <li key={index} className="border-b py-1">
              <strong>{title ?? uid ?? "A task without a title"}</strong>: {detail}
            </li>
          ))}
          {more > 0 && <li className="py-1">and {more} more</li>}
        </ul>
      </div>
    );
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent>
        <DialogTitle>Imported “{name}”</DialogTitle>
        <DialogDescription>
          {created} added, {updated} changed, {skipped} already there, {rejected.length + (imported.more_rejected ?? 0)} rejected.
        </DialogDescription>
        {notes("Rejected", rejected, imported.more_rejected)}
        {notes("Imported with changes", warnings, imported.more_warnings)}
        <DialogFooter>
          <Button onClick={onClose}>Close</Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
