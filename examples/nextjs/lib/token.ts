// The JWT of Better Auth's jwt plugin, kept in memory alone: a script that is smuggled into the page finds none in localStorage, and
// it is gone with the tab.

import { SignedOut, Unreachable } from "./errors";

/** Renewed this long before it expires, in ms, so that none expires on its way. */
const MARGIN = 30_000;

export type TokenKeeper = {
  /** A token that is still good; fetched, or renewed, when need be. */
  get(): Promise<string>;
  /** Forgets this token, because the service refused it. */
  forget(token: string): void;
};

export function tokenKeeper(endpoint = "/api/auth/token"): TokenKeeper {
  let kept: { token: string; until: number } | undefined;
  let coming: Promise<string> | undefined;

  async function renew() {
    const token = await fetchToken(endpoint);
    kept = { token, until: Date.now() + lifetime(token) - MARGIN };
    return token;
  }

  return {
    get() {
      if (kept && Date.now() < kept.until) return Promise.resolve(kept.token);
      // Calls that come at the same time wait for one and the same token.
      coming ??= renew().finally(() => (coming = undefined));
      return coming;
    },
    forget(token) {
      if (kept?.token === token) kept = undefined;
    },
  };
}

async function fetchToken(endpoint: string): Promise<string> {
  const response = await fetch(endpoint, { cache: "no-store" }).catch(() => {
    throw new Unreachable("The sign-in server cannot be reached.");
  });
  if (response.status === 401) throw new SignedOut();
  if (!response.ok) throw new Unreachable("The sign-in server has given no token.");
  const { token } = (await response.json()) as { token: string };
  return token;
}

/** How long the token is good from its making, in ms. By its own two times: the clock of this machine may be wrong. */
function lifetime(token: string): number {
  const part = token.split(".")[1] ?? "";
  const { exp, iat } = JSON.parse(atob(part.replace(/-/g, "+").replace(/_/g, "/"))) as { exp: number; iat: number };
  return (exp - iat) * 1000;
}
