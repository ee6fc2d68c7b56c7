"use client";

import Link from "next/link";
import { type FormEvent, useEffect, useState } from "react";

import { forgetUser } from "@/hooks/persistence";
import { useHydrated } from "@/hooks/use-hydrated";
import { authClient } from "@/lib/auth-client";

import { Button } from "./ui/button";
import { Input } from "./ui/input";

type Props = {
  kind: "sign-in" | "sign-up";
  /** Where to go afterwards: a path of this site. */
  next: string;
};

/** E-mail and password, and for a new user a name. */
export function CredentialsForm({ kind, next }: Props) {
  const isNew = kind === "sign-up";
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const hydrated = useHydrated();
  // The session has ended: without network, the stored tasks are shown no more.
  useEffect(() => void forgetUser().catch(() => undefined), []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const [name, email, password] = ["name", "email", "password"].map((field) => String(values.get(field) ?? ""));
    setBusy(true);
    setWrong(null);
    const { error } = await enter({ isNew, name: name!, email: email!, password: password! });
    if (!error) return location.assign(next);
    setBusy(false);
    setWrong(error.message || "The sign-in server cannot be reached. Try again.");
  };

  const other = isNew ? "/sign-in" : "/sign-up";
  return (
    // `post`: a password is never part of an address.
    <form className="grid gap-4" method="post" onSubmit={(event) => void submit(event)}>
      {isNew && (
        <div className="grid gap-1 text-sm">
          <label htmlFor="name">Name</label>
          <Input id="name" name="name" autoComplete="name" required />
        </div>
      )}
      <div className="grid gap-1 text-sm">
        <label htmlFor="email">E-mail</label>
        <Input id="email" name="email" type="email" autoComplete="email" required />
      </div>
      <div className="grid gap-1 text-sm">
        <label htmlFor="password">Password{isNew && ", 8 characters or more"}</label>
        <Input
          id="password"
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          minLength={isNew ? 8 : undefined}
          required
        />
      </div>
      <p role="alert" className="text-sm text-destructive empty:hidden">
        {wrong}
      </p>
      <Button type="submit" disabled={busy || !hydrated}>
        {isNew ? "Sign up" : "Sign in"}
      </Button>
      <p className="text-sm">
        {isNew ? "You have an account? " : "You are new here? "}
        <Link className="text-primary underline underline-offset-4" href={`${other}?next=${encodeURIComponent(next)}`}>{isNew ? "Sign in" : "Sign up"}</Link>
      </p>
    </form>
  );
}

async function enter({ isNew, ...who }: { isNew: boolean; name: string; email: string; password: string }) {
  try {
    return isNew ? await authClient.signUp.email(who) : await authClient.signIn.email({ email: who.email, password: who.password });
  } catch {
    return { error: { message: undefined } };
  }
}
