"use client";

import { useTheme } from "next-themes";
import type { CSSProperties } from "react";
import { Toaster as Sonner, type ToasterProps } from "sonner";

export function Toaster(props: ToasterProps) {
  const { theme = "system" } = useTheme();
  const style = {
    "--normal-bg": "var(--popover)",
    "--normal-text": "var(--popover-foreground)",
    "--normal-border": "var(--border)",
    "--border-radius": "var(--radius)",
    fontFamily: "inherit",
  } as CSSProperties;
  return (
    <div ref={repeatHiddenBlur}>
      <Sonner theme={theme as ToasterProps["theme"]} style={style} closeButton {...props} />
    </div>
  );
}

// React hides the blur of an element that it removes. Sonner would then return the focus only when the last notice goes away, and take it
// from where the user is by then.
function repeatHiddenBlur(region: HTMLElement | null) {
  if (!region) return;
  const repeat = ({ target }: FocusEvent) =>
    queueMicrotask(() => {
      const isRemoved = target instanceof Node && !target.isConnected;
      if (isRemoved) region.querySelector("ol")?.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    });
  region.addEventListener("focusout", repeat);
  return () => region.removeEventListener("focusout", repeat);
}
