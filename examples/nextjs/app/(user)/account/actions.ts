"use server";

import { revalidatePath } from "next/cache";
import { headers } from "next/headers";
import { redirect } from "next/navigation";

import { auth } from "@/server/auth";
import { requireSession } from "@/server/session";

// On the server, so that the page needs no session's token: whoever has one is that user.

/** Ends one session of the user, by its id. */
export async function endSession(id: string) {
  await requireSession("/account");
  const sessions = await auth.api.listSessions({ headers: await headers() });
  const session = sessions.find((session) => session.id === id);
  if (session) await auth.api.revokeSession({ headers: await headers(), body: { token: session.token } });
  revalidatePath("/account");
}

/** Ends every session of the user, this one too. The service's answer to each of their cookies is 401 from then on. */
export async function endAllSessions() {
  await requireSession("/account");
  await auth.api.revokeSessions({ headers: await headers() });
  redirect("/sign-in");
}
