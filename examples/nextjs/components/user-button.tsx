import { CircleUserRoundIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { Button } from "./ui/button";

export function UserButton({ name, ...props }: { name: string } & ComponentProps<"button">) {
  return (
    <Button variant="ghost" size="sm" aria-haspopup="menu" aria-label={`Menu of ${name}`} {...props}>
      <CircleUserRoundIcon />
      <span className="hidden max-w-48 truncate sm:inline">{name}</span>
    </Button>
  );
}
