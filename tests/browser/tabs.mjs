// Browser tabs that are watched: what the console complains of, and what moves without being touched.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { chromium } from "playwright-core";

const screenshots = resolve(import.meta.dirname, "screenshots");
mkdirSync(screenshots, { recursive: true });

/** A layout shift of all elements that a person would notice (https://web.dev/cls calls 0.1 good). */
const MOST_SHIFT = 0.01;

/** Starts the Chromium of $CHROMIUM, or Debian's. */
export async function startBrowser() {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} does not exist: install Chromium (Debian: apt-get install chromium), or set CHROMIUM`);
  }
  // The sandbox is not to be had for root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args, env: { PATH: process.env.PATH, HOME: process.env.HOME } });
}

let profiles = 0;

/** A browser profile of its own; `allow` lists what its console may complain of. */
export async function openProfile(browser, origin, { allow = [] } = {}) {
  profiles += 1;
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: 1000, height: 760 },
  });
  // From an address of its own: Better Auth allows three sign-ins in ten seconds from one.
  const address = { "X-Forwarded-For": `10.0.${profiles >> 8}.${profiles & 255}` };
  await context.route("**/api/auth/sign-*/**", (route) => route.continue({ headers: { ...route.request().headers(), ...address } }));
  context.setDefaultTimeout(30_000);
  const complaints = [];
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  await context.addInitScript(() => {
    window.shift = 0;
    window.shifted = [];
    new PerformanceObserver((list) => {
      for (const { hadRecentInput, value, sources } of list.getEntries()) {
        if (hadRecentInput) continue;
        window.shift += value;
        window.shifted.push(...sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? String(node)));
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  return {
    context,
    allow: (...patterns) => allow.push(...patterns),
    newPage: () => context.newPage(),
    /** Asserts that the console is clean; looked at before the profile is closed. */
    expectCalm() {
      const unexpected = complaints.filter((text) => !allow.some((pattern) => pattern.test(text)));
      assert.deepEqual(unexpected, [], "complaints in the browser's console");
    },
    close: () => context.close(),
  };
}

/** Asserts that nothing on the page has moved by itself since it was opened. */
export async function expectStill(page) {
  // Two frames, so that the shifts of the last change are counted.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))));
  const [shift, shifted] = await page.evaluate(() => [window.shift, window.shifted]);
  assert.ok(shift < MOST_SHIFT, `cumulative layout shift is ${shift}, of ${shifted.join(" and ")}`);
}

export const screenshot = (page, name) => page.screenshot({ path: join(screenshots, `${name}.png`) });
