import { headers } from "next/headers";

import { DeleteAccount, ExportTasks, PasswordForm, ReminderSound } from "@/components/account-forms";
import { Button } from "@/components/ui/button";
import { auth } from "@/server/auth";
import { requireSession } from "@/server/session";

import { endAllSessions, endSession } from "./actions";

export const metadata = { title: "Account" };

const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

export default async function AccountPage() {
  const { user, session: current } = await requireSession("/account");
  const sessions = await auth.api.listSessions({ headers: await headers() });
  sessions.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  return (
    <main className="mx-auto grid max-w-5xl gap-8 px-4 pt-6 pb-24 [&>*]:max-w-xl [&_h2]:pb-2 [&_h2]:text-lg [&_h2]:font-semibold">
      <div>
        <h1 className="pb-2 text-2xl font-semibold">Account</h1>
        <p className="break-words">
          {user.name}, {user.email}
        </p>
      </div>
      <section aria-labelledby="sessions">
        <h2 id="sessions">Where you are signed in</h2>
        <ul>
          {sessions.map((session) => (
            <li key={session.id} className="flex items-center justify-between gap-4 border-b py-2">
              <div>
                <strong className="font-medium">{browserName(session.userAgent)}</strong>
                {session.id === current.id && " (this browser)"}
                <br />
                <small className="text-muted-foreground">Since {when.format(session.createdAt)} UTC</small>
              </div>
              {session.id !== current.id && (
                <form action={endSession.bind(null, session.id)}>
                  <Button type="submit" variant="outline" size="sm">
                    Sign out
                  </Button>
                </form>
              )}
            </li>
          ))}
        </ul>
        <form action={endAllSessions} className="pt-3">
          <Button type="submit" variant="destructive">
            Sign out everywhere
          </Button>
        </form>
      </section>
      <section aria-labelledby="reminders">
        <h2 id="reminders">Reminders</h2>
        <ReminderSound />
      </section>
      <section aria-labelledby="export">
        <h2 id="export">Export all tasks</h2>
        <ExportTasks />
      </section>
      <section aria-labelledby="change-password">
        <h2 id="change-password">Change the password</h2>
        <PasswordForm />
      </section>
      <section aria-labelledby="delete-account">
        <h2 id="delete-account">Delete the account</h2>
        <DeleteAccount />
      </section>
    </main>
  );
}

/** Names a browser and its system. */
function browserName(userAgent: string | null | undefined): string {
  const find = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent ?? ""))?.[1];
  const browser = find([[/Edg\//, "Edge"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]]);
  const system = find([[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]]);
  return [browser ?? "A browser", system].filter(Boolean).join(" on ");
}
