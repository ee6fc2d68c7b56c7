"use client";

import Link from "next/link";
import { useEffect } from "react";

import { forgetUser } from "@/hooks/persistence";
import { authClient } from "@/lib/auth-client";

import { AuthForm, Field } from "./auth-form";

/** E-mail and password, and for a new user a name. `next` is where to go afterwards: a path of this site. */
export function CredentialsForm({ kind, next }: { kind: "sign-in" | "sign-up"; next: string }) {
  const isNew = kind === "sign-up";
  // The session has ended: without network, the stored tasks are shown no more.
  useEffect(() => void forgetUser().catch(() => undefined), []);
  return (
    <>
      <AuthForm
        send={({ name = "", email = "", password = "" }) =>
          isNew ? authClient.signUp.email({ name, email, password }) : authClient.signIn.email({ email, password })
        }
        onSuccess={() => location.assign(next)}
        submit={isNew ? "Sign up" : "Sign in"}
      >
        {isNew && <Field label="Name" name="name" autoComplete="name" />}
        <Field label="E-mail" name="email" type="email" autoComplete="email" />
        {isNew ? (
          <Field label="Password, 8 characters or more" name="password" type="password" autoComplete="new-password" minLength={8} />
        ) : (
          <Field label="Password" name="password" type="password" autoComplete="current-password" />
        )}
      </AuthForm>
      <p className="text-sm">
        {isNew ? "You have an account? " : "You are new here? "}
        <Link className="text-primary underline underline-offset-4" href={`${isNew ? "/sign-in" : "/sign-up"}?next=${encodeURIComponent(next)}`}>
          {isNew ? "Sign in" : "Sign up"}
        </Link>
      </p>
    </>
  );
}
