import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";

import { auth } from "./auth";

/** The session of the request, asked of Better Auth once for each request; this also prolongs it. */
export const currentSession = cache(async () => auth.api.getSession({ headers: await headers() }));

/** The session, or off to the sign-in page. That the cookie is there (proxy.ts) proves nothing: this does. */
export async function requireSession(returnTo: string) {
  const session = await currentSession();
  if (!session) redirect(`/sign-in?next=${encodeURIComponent(returnTo)}`);
  return session;
}
