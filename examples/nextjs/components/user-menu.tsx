"use client";

import { BarChart3Icon, CircleUserRoundIcon, KeyboardIcon, LogOutIcon, MonitorIcon, MoonIcon, SunIcon } from "lucide-react";
import { useTheme } from "next-themes";
import Link from "next/link";

import { useSignOut } from "@/hooks/use-sign-out";
import { useTasks } from "@/hooks/use-tasks";

import { openShortcuts } from "./shortcuts";
import * as Menu from "./ui/dropdown-menu";
import { UserButton } from "./user-button";

/** The menu of the user. It opens at once: the button before it was clicked. */
export default function UserMenu({ name }: { name: string }) {
  const { theme, setTheme } = useTheme();
  const { unsent } = useTasks();
  const signOut = useSignOut();
  return (
    <Menu.DropdownMenu defaultOpen modal={false}>
      <Menu.DropdownMenuTrigger asChild>
        <UserButton name={name} />
      </Menu.DropdownMenuTrigger>
      <Menu.DropdownMenuContent align="end">
        <Menu.DropdownMenuLabel className="max-w-56 truncate">{name}</Menu.DropdownMenuLabel>
        <Menu.DropdownMenuItem asChild>
          <Link href="/account">
            <CircleUserRoundIcon /> Account
          </Link>
        </Menu.DropdownMenuItem>
        <Menu.DropdownMenuItem asChild>
          <Link href="/statistics">
            <BarChart3Icon /> Statistics
          </Link>
        </Menu.DropdownMenuItem>
        <Menu.DropdownMenuItem onSelect={openShortcuts}>
          <KeyboardIcon /> Keyboard shortcuts
        </Menu.DropdownMenuItem>
        <Menu.DropdownMenuSeparator />
        <Menu.DropdownMenuLabel>Appearance</Menu.DropdownMenuLabel>
        <Menu.DropdownMenuRadioGroup value={theme} onValueChange={setTheme}>
          <Menu.DropdownMenuRadioItem value="light">
            <SunIcon /> Light
          </Menu.DropdownMenuRadioItem>
          <Menu.DropdownMenuRadioItem value="dark">
            <MoonIcon /> Dark
          </Menu.DropdownMenuRadioItem>
          <Menu.DropdownMenuRadioItem value="system">
            <MonitorIcon /> Like the system
          </Menu.DropdownMenuRadioItem>
        </Menu.DropdownMenuRadioGroup>
        <Menu.DropdownMenuSeparator />
        <Menu.DropdownMenuItem onSelect={() => void signOut(unsent)}>
          <LogOutIcon /> Sign out
        </Menu.DropdownMenuItem>
      </Menu.DropdownMenuContent>
    </Menu.DropdownMenu>
  );
}
