"use client";

import { toast } from "sonner";

import { sentence } from "@/lib/errors";

import { useTaskContext } from "./use-tasks";

export const exportFormats = [["json", "JSON"], ["csv", "CSV"], ["ics", "iCalendar"]] as const;

/** Downloads a file of all tasks. */
export function useExport() {
  const { api } = useTaskContext();
  return async (format: (typeof exportFormats)[number][0]) => {
    try {
      const url = URL.createObjectURL(await api.export(format));
      Object.assign(document.createElement("a"), { href: url, download: `tasks.${format}` }).click();
      URL.revokeObjectURL(url);
    } catch (error) {
      toast.error(sentence(error), { duration: Infinity });
    }
  };
}
