"use client";

import { type ComponentProps, type FormEvent, type ReactNode, useState } from "react";

import { useHydrated } from "@/hooks/use-hydrated";

import { Button } from "./ui/button";
import { Input } from "./ui/input";

const unreachable = "The sign-in server cannot be reached. Try again.";

type Props = {
  send: (values: Record<string, string>) => Promise<{ error: { message?: string } | null }>;
  onSuccess: () => void;
  submit: string;
  variant?: ComponentProps<typeof Button>["variant"];
  children: ReactNode;
};

/** A form that is sent to Better Auth. Shows the error of its response. */
export function AuthForm({ send, onSuccess, submit, variant, children }: Props) {
  const [wrong, setWrong] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const isHydrated = useHydrated();
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setIsBusy(true);
    setWrong("");
    const values = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const { error } = await send(values).catch(() => ({ error: { message: unreachable } }));
    setIsBusy(false);
    if (error) return setWrong(error.message || unreachable);
    form.reset();
    onSuccess();
  };
  return (
    // `post`: a password is never part of an address.
    <form method="post" className="grid max-w-sm gap-4" onSubmit={(event) => void onSubmit(event)}>
      {children}
      <p role="alert" className="text-sm text-destructive empty:hidden">
        {wrong}
      </p>
      <Button type="submit" variant={variant} className={variant ? "justify-self-start" : undefined} disabled={isBusy || !isHydrated}>
        {submit}
      </Button>
    </form>
  );
}

export function Field({ label, ...props }: { label: string } & ComponentProps<"input">) {
  return (
    <label className="grid gap-1 text-sm">
      {label}
      <Input required {...props} />
    </label>
  );
}
