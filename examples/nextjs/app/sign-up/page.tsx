import { redirect } from "next/navigation";

import { Centered } from "@/components/centered";
import { CredentialsForm } from "@/components/credentials-form";
import { nextPath } from "@/server/next-path";
import { currentSession } from "@/server/session";

export const metadata = { title: "Sign up" };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function SignUpPage({ searchParams }: Props) {
  const parameters = await searchParams;
  const next = nextPath(parameters.next);
  if (await currentSession()) redirect(next);
  return (
    <Centered title="Sign up">
      <CredentialsForm kind="sign-up" next={next} />
    </Centered>
  );
}
