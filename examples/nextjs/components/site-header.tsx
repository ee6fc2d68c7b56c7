import Link from "next/link";

import { SignOut } from "./sign-out";

export function SiteHeader({ name }: { name: string }) {
  return (
    <header className="site">
      <nav aria-label="Pages">
        <Link href="/tasks">Tasks</Link>
        <Link href="/account">Account</Link>
      </nav>
      <span className="who">{name}</span>
      <SignOut />
    </header>
  );
}
