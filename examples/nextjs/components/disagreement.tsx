import { Centered } from "./centered";
import { SignOut } from "./sign-out";

/** In the place of the sign-in page: this front end knows the user, and the task service does not. */
export function Disagreement({ name, next }: { name: string; next: string }) {
  return (
    <Centered title="The task service does not know you">
      <div className="grid gap-2 rounded-md border border-destructive p-3 text-sm" role="alert">
        <p>
          You are signed in as {name} at this front end. The task service refused your session (401), so your tasks cannot be shown.
          Signing in again does not help: the two have different settings.
        </p>
        <p>
          For the operator: run <code>task-api doctor</code> with the settings of the service. It compares the secret, the cookie&apos;s name
          and the database with those of this front end. <code>task-api verify</code> explains one cookie:
        </p>
        <pre className="overflow-x-auto" tabIndex={0}>
          <code>{"echo 'Cookie: better-auth.session_token=…' | task-api verify"}</code>
        </pre>
      </div>
      <p>
        {/* A whole new page: the router may have kept the redirect. */}
        <a className="text-primary underline underline-offset-4" href={next}>Try again</a>
      </p>
      <SignOut />
    </Centered>
  );
}
