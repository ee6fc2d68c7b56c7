import { redirect } from "next/navigation";

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
    <main className="mx-auto grid max-w-sm content-start gap-4 px-4 pt-[10vh] pb-24">
      <h1 className="text-2xl font-semibold">Sign up</h1>
      <CredentialsForm kind="sign-up" next={next} />
    </main>
  );
}
