import { redirect } from "next/navigation";

import { CredentialsForm } from "@/components/credentials-form";
import { nextPath } from "@/lib/next-path";
import { currentSession } from "@/lib/session";

export const metadata = { title: "Sign in" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function SignInPage({ searchParams }: Props) {
  const parameters = await searchParams;
  const next = nextPath(parameters.next);
  if (await currentSession()) redirect(next);
  return (
    <main className="page narrow">
      <h1>Sign in</h1>
      {parameters.ended && <p className="alert">You were signed out. Sign in again to go on.</p>}
      <CredentialsForm kind="sign-in" next={next} />
    </main>
  );
}
