"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type DragEvent, type ReactNode, Suspense, useRef, useState } from "react";
import { toast } from "sonner";

import { TASKS } from "@/hooks/live";
import { useTaskContext } from "@/hooks/use-tasks";
import { sentence } from "@/lib/errors";
import type { Imported } from "@/lib/task";

import { onDemand } from "./on-demand";

const ImportReport = onDemand(() => import("./import-report"));

/** Imports files, and shows what happened. */
export function useImport() {
  const { api } = useTaskContext();
  const client = useQueryClient();
  const [imported, setImported] = useState<(Imported & { name: string }) | null>(null);
  const input = useRef<HTMLInputElement>(null);

  const run = async (file: File) => {
    const type = /\.ics$/i.test(file.name) ? "text/calendar" : "application/json";
    try {
      setImported({ ...(await api.import(await file.text(), type, crypto.randomUUID())), name: file.name });
      await client.refetchQueries({ queryKey: TASKS });
    } catch (error) {
      toast.error(`“${file.name}” was not imported. ${sentence(error)}`, { duration: Infinity });
    }
  };

  const report = (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,.ics,application/json,text/calendar"
        aria-label="File to import"
        hidden
        onChange={({ target }) => {
          if (target.files?.[0]) void run(target.files[0]);
          target.value = "";
        }}
      />
      <Suspense>{imported && <ImportReport imported={imported} onClose={() => setImported(null)} />}</Suspense>
    </>
  );
  return { run: (file: File) => void run(file), choose: () => input.current?.click(), report };
}

/** Takes a file that is dropped on the page. */
export function FileDrop({ onFile, children }: { onFile: (file: File) => void; children: ReactNode }) {
  const [isOver, setIsOver] = useState(false);
  const hasFile = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    <div
      onDragOver={(event) => {
        if (!hasFile(event)) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={(event) => event.currentTarget.contains(event.relatedTarget as Node) || setIsOver(false)}
      onDrop={(event) => {
        if (!hasFile(event)) return;
        event.preventDefault();
        setIsOver(false);
        const file = event.dataTransfer.files[0];
        if (file) onFile(file);
      }}
    >
      {children}
      {isOver && (
        <div className="pointer-events-none fixed inset-2 z-50 flex items-center justify-center rounded-lg border-2 border-dashed border-primary bg-background/80">
          <p className="text-lg font-semibold">Drop a JSON or iCalendar file to import its tasks</p>
        </div>
      )}
    </div>
  );
}
