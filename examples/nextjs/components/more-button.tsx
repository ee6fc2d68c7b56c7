import { EllipsisIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { Button } from "./ui/button";

export function MoreButton(props: ComponentProps<"button">) {
  return (
    <Button variant="outline" size="icon" aria-haspopup="menu" aria-label="More" title="More" {...props}>
      <EllipsisIcon />
    </Button>
  );
}
