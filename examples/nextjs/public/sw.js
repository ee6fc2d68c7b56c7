// Opens the page of tasks without network: stores the page /offline and the scripts, styles and fonts of the pages.
// These are the same for every user. Calls of the service and of Better Auth, and pages with a user's data, are never stored.

const CACHE = "task-api";
const SHELL = "/offline";
const ASSETS = "/_next/static/";

/** Time until the stored page is shown while the server does not answer, in ms. */
const PATIENCE = 8_000;

/** Stores the page and its files, if there is a newer build. Deletes the files of the older build. */
async function update() {
  const response = await fetch(SHELL, { cache: "no-cache", credentials: "omit" });
  if (!response.ok || response.redirected) return;
  const cache = await caches.open(CACHE);
  const html = await response.clone().text();
  if (html === (await (await cache.match(SHELL))?.text())) return;
  // A browser with service workers loads no script for older ones.
  const used = html.replace(/<script[^>]*nomodule[^>]*>/gi, "");
  const assets = [...new Set(used.match(/\/_next\/static\/[\w./~-]+\.\w+/g))];
  await cache.addAll(assets);
  for (const { url } of await cache.keys()) if (!assets.includes(new URL(url).pathname)) await cache.delete(url);
  await cache.put(SHELL, response);
}

/** Names of these files change with their content. */
async function asset(request) {
  const cache = await caches.open(CACHE);
  const stored = await cache.match(request);
  if (stored) return stored;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

async function page(event) {
  try {
    const response = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE) });
    // A proxy answers 502 to 504 for a server that is away.
    if (response.status < 502) {
      event.waitUntil(update().catch(() => undefined));
      return response;
    }
  } catch {
    // The stored page follows.
  }
  return (await caches.match(SHELL)) ?? Response.error();
}

self.addEventListener("install", (event) => event.waitUntil(update().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(ASSETS)) event.respondWith(asset(event.request));
  else if (event.request.mode === "navigate" && (pathname === "/" || pathname === "/tasks")) event.respondWith(page(event));
});
