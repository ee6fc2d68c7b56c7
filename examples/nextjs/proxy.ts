import { getSessionCookie } from "better-auth/cookies";
import { NextResponse, type NextRequest } from "next/server";

import { service } from "./server/settings";

const calls = /^\/api\/(?:[^/]+\/)?tasks(?:\/|$)/;

/** Runs before every request that `config` names. */
export function proxy(request: NextRequest) {
  const { pathname, search } = request.nextUrl;
  if (calls.test(pathname)) {
    // As `rewrites` of next.config would, but with the address that is set when the server runs. The cookie travels along, and
    // so does `Origin`, by which the service tells this page's writes from another site's.
    return NextResponse.rewrite(new URL(pathname + search, service()));
  }
  // A first look that saves a stranger a page: whether the session is one, the page itself asks (lib/session.ts).
  if (!getSessionCookie(request)) {
    return NextResponse.redirect(new URL(`/sign-in?next=${encodeURIComponent(pathname + search)}`, request.url));
  }
  return NextResponse.next();
}

export const config = { matcher: ["/api/tasks/:path*", "/api/:user/tasks/:path*", "/tasks/:path*", "/statistics/:path*", "/account/:path*"] };
