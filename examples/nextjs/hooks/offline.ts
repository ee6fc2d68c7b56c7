// The service worker (public/sw.js), which opens the page of tasks without network.

const CACHE = "task-api";

/** Registers the service worker. Scripts of `next dev` change without a change of their names: there, it removes that of an earlier build. */
export async function registerServiceWorker() {
  if (!navigator.serviceWorker) return;
  if (process.env.NODE_ENV === "production") return void (await navigator.serviceWorker.register("/sw.js"));
  for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
}

/** Stores the scripts and styles that the page loaded before the service worker was there. The browser has them already. */
export async function storeAssets() {
  if (process.env.NODE_ENV !== "production" || !navigator.serviceWorker) return;
  await navigator.serviceWorker.ready;
  const cache = await caches.open(CACHE);
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  for (const url of new Set(loaded.filter((url) => url.startsWith(`${location.origin}/_next/static/`)))) {
    if (!(await cache.match(url))) await cache.add(url);
  }
  performance.mark("assets stored");
}
