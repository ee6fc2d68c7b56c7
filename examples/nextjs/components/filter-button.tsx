import { FilterIcon } from "lucide-react";
import type { ComponentProps } from "react";

import { Button } from "./ui/button";

export function FilterButton(props: ComponentProps<"button">) {
  return (
    <Button variant="outline" className="px-3" aria-haspopup="dialog" {...props}>
      <FilterIcon /> Filter
    </Button>
  );
}
