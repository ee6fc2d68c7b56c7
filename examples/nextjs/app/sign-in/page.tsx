import { redirect } from "next/navigation";

import { Centered } from "@/components/centered";
import { CredentialsForm } from "@/components/credentials-form";
import { Disagreement } from "@/components/disagreement";
import { nextPath } from "@/server/next-path";
import { currentSession } from "@/server/session";

export const metadata = { title: "Sign in" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function SignInPage({ searchParams }: Props) {
  const parameters = await searchParams;
  const next = nextPath(parameters.next);
  const session = await currentSession();
  // The service refused a user whom this front end knows. To send the user back would begin an endless loop.
  if (session && parameters.ended) return <Disagreement name={session.user.name} next={next} />;
  if (session) redirect(next);
  return (
    <Centered title="Sign in">
      {parameters.ended && <p className="grid gap-2 rounded-md border border-destructive p-3 text-sm">You were signed out. Sign in again to go on.</p>}
      <CredentialsForm kind="sign-in" next={next} />
    </Centered>
  );
}
