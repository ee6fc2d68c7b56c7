// Clients of the live events: the package eventsource with a JWT, and Chromium's own EventSource with a session cookie.

import { EventSource } from "eventsource";

/** Follows the events with a JWT. `events()` returns the received ones: id and sequence number. */
export function followWithPackage(origin, user, authorization) {
  const received = [];
  const source = new EventSource(`${origin}/api/${user}/tasks/events?since=now`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization } }),
  });
  let openings = 0;
  source.addEventListener("open", () => (openings += 1));
  source.addEventListener("message", ({ data }) => {
    const { id, seq } = JSON.parse(data);
    received.push({ id, seq });
  });
  return {
    name: "eventsource",
    events: async () => received,
    openings: async () => openings,
    hasEnded: async () => source.readyState === source.CLOSED,
    close: async () => source.close(),
  };
}

/** Follows the events in a page of Chromium, with a cookie. */
export async function followWithChromium(browser, origin, user, cookie) {
  const context = await browser.newContext();
  const [name, value] = [cookie.slice(0, cookie.indexOf("=")), cookie.slice(cookie.indexOf("=") + 1)];
  await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: "Lax" }]);
  await context.route(`${origin}/page`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>events</title>" }));
  const page = await context.newPage();
  await page.goto(`${origin}/page`);
  await page.evaluate((url) => {
    window.received = [];
    window.openings = 0;
    window.source = new EventSource(url);
    window.source.addEventListener("open", () => (window.openings += 1));
    window.source.addEventListener("message", ({ data }) => {
      const { id, seq } = JSON.parse(data);
      window.received.push({ id, seq });
    });
  }, `/api/${user}/tasks/events?since=now`);
  return {
    name: "Chromium",
    events: () => page.evaluate(() => window.received),
    openings: () => page.evaluate(() => window.openings),
    hasEnded: () => page.evaluate(() => window.source.readyState === EventSource.CLOSED),
    close: () => context.close(),
  };
}
