"use client";

import { useEffect, useState } from "react";
import { toast } from "sonner";

import { forget } from "@/hooks/persistence";
import { exportFormats, useExport } from "@/hooks/use-export";
import { hasSound, setSound } from "@/hooks/use-reminders";
import { useTaskContext } from "@/hooks/use-tasks";
import { authClient } from "@/lib/auth-client";

import { AuthForm, Field } from "./auth-form";
import { Button } from "./ui/button";
import { Checkbox } from "./ui/checkbox";

export function PasswordForm() {
  return (
    <AuthForm
      send={({ current = "", next = "" }) =>
        authClient.changePassword({ currentPassword: current, newPassword: next, revokeOtherSessions: true })
      }
      onSuccess={() => toast("The password is changed. Your other sessions are signed out.")}
      submit="Change the password"
      variant="outline"
    >
      <Field label="Current password" name="current" type="password" autoComplete="current-password" />
      <Field label="New password, 8 characters or more" name="next" type="password" autoComplete="new-password" minLength={8} />
    </AuthForm>
  );
}

export function DeleteAccount() {
  const { user } = useTaskContext();
  const leave = async () => {
    await forget(user.id).catch(() => undefined);
    location.assign("/sign-up");
  };
  return (
    <AuthForm
      send={({ password = "" }) => authClient.deleteUser({ password })}
      onSuccess={() => void leave()}
      submit="Delete the account"
      variant="destructive"
    >
      <p className="text-sm">This deletes your account and all of your tasks for ever. Export your tasks first if you need them.</p>
      <Field label="Your password" name="password" type="password" autoComplete="current-password" />
      <label className="flex items-center gap-2 text-sm">
        <Checkbox name="sure" required /> I want to delete my account
      </label>
    </AuthForm>
  );
}

export function ExportTasks() {
  const download = useExport();
  return (
    <div className="flex flex-wrap gap-2">
      {exportFormats.map(([format, name]) => (
        <Button key={format} variant="outline" onClick={() => void download(format)}>
          {name}
        </Button>
      ))}
    </div>
  );
}

export function ReminderSound() {
  const [isOn, setIsOn] = useState(false);
  useEffect(() => setIsOn(hasSound()), []);
  const turn = (isOn: boolean) => {
    setIsOn(isOn);
    setSound(isOn);
  };
  return (
    <label className="flex items-center gap-2 text-sm">
      <Checkbox checked={isOn} onCheckedChange={(checked) => turn(checked === true)} />
      Play a sound with a reminder
    </label>
  );
}
