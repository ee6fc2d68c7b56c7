import type { ReactNode } from "react";

import { OfflineUser } from "@/components/offline-user";

export default function OfflineLayout({ children }: { children: ReactNode }) {
  return <OfflineUser>{children}</OfflineUser>;
}
