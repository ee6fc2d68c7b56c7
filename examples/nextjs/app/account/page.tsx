import { headers } from "next/headers";

import { SiteHeader } from "@/components/site-header";
import { auth } from "@/lib/auth";
import { requireSession } from "@/lib/session";

import { endAllSessions, endSession } from "./actions";

export const metadata = { title: "Account" };

const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

export default async function AccountPage() {
  const { user, session: current } = await requireSession("/account");
  const sessions = await auth.api.listSessions({ headers: await headers() });
  sessions.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  return (
    <>
      <SiteHeader name={user.name} />
      <main className="page">
        <h1>Account</h1>
        <p>
          {user.name}, {user.email}
        </p>
        <h2>Where you are signed in</h2>
        <ul className="sessions">
          {sessions.map((session) => (
            <li key={session.id}>
              <div>
                <strong>{browserName(session.userAgent)}</strong>
                {session.id === current.id && " (this browser)"}
                <br />
                <small>Since {when.format(session.createdAt)} UTC</small>
              </div>
              {session.id !== current.id && (
                <form action={endSession.bind(null, session.id)}>
                  <button className="quiet">Sign out</button>
                </form>
              )}
            </li>
          ))}
        </ul>
        <form action={endAllSessions}>
          <button className="danger">Sign out everywhere</button>
        </form>
      </main>
    </>
  );
}

/** As much as a person needs to recognise a browser. */
function browserName(userAgent: string | null | undefined): string {
  const find = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent ?? ""))?.[1];
  const browser = find([[/Edg\//, "Edge"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]]);
  const system = find([[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]]);
  return [browser ?? "A browser", system].filter(Boolean).join(" on ");
}
