import type { ComponentProps } from "react";

import { cn } from "./cn";

const field =
  "w-full min-w-0 rounded-md border border-input bg-card px-3 py-1 text-base outline-none transition-colors placeholder:text-muted-foreground focus-visible:ring-[3px] focus-visible:ring-ring/60 disabled:opacity-60 aria-invalid:border-destructive md:text-sm";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(field, "h-9", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(field, "min-h-16 py-2", className)} {...props} />;
}

type SelectProps = ComponentProps<"select"> & { options: readonly (readonly [value: string, text: string])[]; onChoose: (value: string) => void };

export function NativeSelect({ className, options, onChoose, ...props }: SelectProps) {
  return (
    <select className={cn(field, "h-9", className)} onChange={(event) => onChoose(event.target.value)} {...props}>
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}
