import { SignOut } from "./sign-out";

/** In the place of the sign-in page: this front end knows the user, and the task service does not. */
export function Disagreement({ name, next }: { name: string; next: string }) {
  return (
    <main className="page narrow">
      <h1>The task service does not know you</h1>
      <div className="alert" role="alert">
        <p>
          You are signed in as {name} at this front end. The task service refused your session (401), so your tasks cannot be shown.
          Signing in again does not help: the two have different settings.
        </p>
        <p>
          For the operator: run <code>task-api doctor</code> with the settings of the service. It compares the secret, the cookie&apos;s name
          and the database with those of this front end. <code>task-api verify</code> explains one cookie:
        </p>
        <pre>
          <code>{"echo 'Cookie: better-auth.session_token=…' | task-api verify"}</code>
        </pre>
      </div>
      <p>
        {/* A whole new page: the router may have kept the redirect. */}
        <a href={next}>Try again</a>
      </p>
      <SignOut />
    </main>
  );
}
