"use client";

import { useSignOut } from "@/hooks/use-sign-out";

import { Button } from "./ui/button";

export function SignOut() {
  const signOut = useSignOut();
  return (
    <Button variant="outline" onClick={() => void signOut()}>
      Sign out
    </Button>
  );
}
