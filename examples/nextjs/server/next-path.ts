/** Where to go after sign-in: only a path of this site, or a link to the sign-in page could lead on to anywhere. */
export function nextPath(value: string | string[] | undefined): string {
  if (typeof value !== "string") return "/tasks";
  // Browsers read a backslash as a slash, and `//name` as another site.
  const base = "http://site.invalid";
  const url = URL.canParse(value, base) ? new URL(value, base) : null;
  return value.startsWith("/") && url?.origin === base ? url.pathname + url.search : "/tasks";
}
