"use client";

import { type FormEvent, useEffect, useState } from "react";
import { toast } from "sonner";

import { forget } from "@/hooks/persistence";
import { useExport } from "@/hooks/use-export";
import { useHydrated } from "@/hooks/use-hydrated";
import { hasSound, setSound } from "@/hooks/use-reminders";
import { useTaskContext } from "@/hooks/use-tasks";
import { authClient } from "@/lib/auth-client";

import { Button } from "./ui/button";
import { Checkbox } from "./ui/checkbox";
import { Input } from "./ui/input";

const unreachable = "The sign-in server cannot be reached. Try again.";

/** Sends a form to Better Auth. Returns the error to show. */
function useForm(send: (values: Record<string, string>) => Promise<{ error: { message?: string } | null }>, onSuccess: () => void) {
  const [wrong, setWrong] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const isHydrated = useHydrated();
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setIsBusy(true);
    const values = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const { error } = await send(values).catch(() => ({ error: { message: unreachable } }));
    setIsBusy(false);
    setWrong(error ? error.message || unreachable : "");
    if (error) return;
    form.reset();
    onSuccess();
  };
  const alert = (
    <p role="alert" className="text-sm text-destructive empty:hidden">
      {wrong}
    </p>
  );
  return { onSubmit: (event: FormEvent<HTMLFormElement>) => void onSubmit(event), isDisabled: isBusy || !isHydrated, alert };
}

export function PasswordForm() {
  const { onSubmit, isDisabled, alert } = useForm(
    ({ current = "", next = "" }) => authClient.changePassword({ currentPassword: current, newPassword: next, revokeOtherSessions: true }),
    () => toast("The password is changed. Your other sessions are signed out."),
  );
  return (
    <form method="post" className="grid max-w-sm gap-3" onSubmit={onSubmit}>
      <label className="grid gap-1 text-sm">
        Current password
        <Input name="current" type="password" autoComplete="current-password" required />
      </label>
      <label className="grid gap-1 text-sm">
        New password, 8 characters or more
        <Input name="next" type="password" autoComplete="new-password" minLength={8} required />
      </label>
      {alert}
      <Button type="submit" variant="outline" className="justify-self-start" disabled={isDisabled}>
        Change the password
      </Button>
    </form>
  );
}

export function DeleteAccount() {
  const { user } = useTaskContext();
  const leave = async () => {
    await forget(user.id).catch(() => undefined);
    location.assign("/sign-up");
  };
  const { onSubmit, isDisabled, alert } = useForm(
    ({ password = "" }) => authClient.deleteUser({ password }),
    () => void leave(),
  );
  return (
    <form method="post" className="grid max-w-sm gap-3" onSubmit={onSubmit}>
      <p className="text-sm">This deletes your account and all of your tasks for ever. Export your tasks first if you need them.</p>
      <label className="grid gap-1 text-sm">
        Your password
        <Input name="password" type="password" autoComplete="current-password" required />
      </label>
      <label className="flex items-center gap-2 text-sm">
        <Checkbox name="sure" required /> I want to delete my account
      </label>
      {alert}
      <Button type="submit" variant="destructive" className="justify-self-start" disabled={isDisabled}>
        Delete the account
      </Button>
    </form>
  );
}

export function ExportTasks() {
  const download = useExport();
  return (
    <div className="flex flex-wrap gap-2">
      {(["json", "csv", "ics"] as const).map((format) => (
        <Button key={format} variant="outline" onClick={() => void download(format)}>
          {{ json: "JSON", csv: "CSV", ics: "iCalendar" }[format]}
        </Button>
      ))}
    </div>
  );
}

export function ReminderSound() {
  const [isOn, setIsOn] = useState(false);
  useEffect(() => setIsOn(hasSound()), []);
  return (
    <label className="flex items-center gap-2 text-sm">
      <Checkbox
        checked={isOn}
        onCheckedChange={(checked) => {
          setIsOn(checked === true);
          setSound(checked === true);
        }}
      />
      Play a sound with a reminder
    </label>
  );
}
