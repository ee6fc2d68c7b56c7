import { redirect } from "next/navigation";

import { CredentialsForm } from "@/components/credentials-form";
import { nextPath } from "@/lib/next-path";
import { currentSession } from "@/lib/session";

export const metadata = { title: "Sign up" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function SignUpPage({ searchParams }: Props) {
  const parameters = await searchParams;
  const next = nextPath(parameters.next);
  if (await currentSession()) redirect(next);
  return (
    <main className="page narrow">
      <h1>Sign up</h1>
      <CredentialsForm kind="sign-up" next={next} />
    </main>
  );
}
