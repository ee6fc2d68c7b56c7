"use client";

import { DownloadIcon, Trash2Icon, UploadIcon } from "lucide-react";

import { exportFormats, useExport } from "@/hooks/use-export";

import { MoreButton } from "./more-button";
import * as Menu from "./ui/dropdown-menu";

/** The menu with import and export. It opens at once: the button before it was clicked. */
export default function TransferMenu({ onImport, onEmptyTrash }: { onImport: () => void; onEmptyTrash?: () => void }) {
  const download = useExport();
  return (
    <Menu.DropdownMenu defaultOpen modal={false}>
      <Menu.DropdownMenuTrigger asChild>
        <MoreButton />
      </Menu.DropdownMenuTrigger>
      <Menu.DropdownMenuContent align="end">
        {onEmptyTrash && (
          <Menu.DropdownMenuItem className="text-destructive" onSelect={onEmptyTrash}>
            <Trash2Icon /> Empty trash
          </Menu.DropdownMenuItem>
        )}
        <Menu.DropdownMenuItem onSelect={onImport}>
          <UploadIcon /> Import a file…
        </Menu.DropdownMenuItem>
        {exportFormats.map(([format, name]) => (
          <Menu.DropdownMenuItem key={format} onSelect={() => void download(format)}>
            <DownloadIcon /> Export as {name}
          </Menu.DropdownMenuItem>
        ))}
      </Menu.DropdownMenuContent>
    </Menu.DropdownMenu>
  );
}
