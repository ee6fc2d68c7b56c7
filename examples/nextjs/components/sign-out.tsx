"use client";

import { useState } from "react";

import { authClient } from "@/lib/auth-client";

export function SignOut() {
  const [failed, setFailed] = useState(false);
  const signOut = async () => {
    const { error } = await authClient.signOut().catch(() => ({ error: true }));
    setFailed(Boolean(error));
    // A whole new page, so that nothing of this user, a token above all, stays in memory.
    if (!error) location.assign("/sign-in");
  };
  return (
    <>
      {failed && <span role="alert">Not signed out: try again.</span>}
      <button className="quiet" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  );
}
