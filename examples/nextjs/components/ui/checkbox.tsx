"use client";

import { CheckIcon } from "lucide-react";
import { Checkbox as Primitive } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "./cn";

export function Checkbox({ className, ...props }: ComponentProps<typeof Primitive.Root>) {
  return (
    <Primitive.Root
      className={cn(
        "peer size-5 shrink-0 rounded-[4px] border border-input bg-card outline-none focus-visible:ring-[3px] focus-visible:ring-ring/60 disabled:opacity-60 data-[state=checked]:border-primary data-[state=checked]:bg-primary data-[state=checked]:text-primary-foreground",
        className,
      )}
      {...props}
    >
      <Primitive.Indicator className="flex items-center justify-center">
        <CheckIcon className="size-3.5" />
      </Primitive.Indicator>
    </Primitive.Root>
  );
}
