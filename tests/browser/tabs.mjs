// Browser profiles that record console messages and layout shifts.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { chromium } from "playwright-core";

const screenshots = resolve(import.meta.dirname, "screenshots");
mkdirSync(screenshots, { recursive: true });

/** Limits the cumulative layout shift of a page (https://web.dev/cls calls 0.1 good). */
const MAX_LAYOUT_SHIFT = 0.01;

/** The longest that a check waits for the page, in ms. */
export const TIMEOUT = Number(process.env.BROWSER_TIMEOUT || 30_000);

/** Starts the Chromium of $CHROMIUM, by default /usr/bin/chromium. */
export async function startBrowser() {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} does not exist: install Chromium (Debian: apt-get install chromium), or set CHROMIUM`);
  }
  // Chromium's sandbox does not support root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args, env: { PATH: process.env.PATH, HOME: process.env.HOME } });
}

let profiles = 0;

/** Opens a new browser profile. `allow` lists patterns of accepted console errors and warnings; the others are options of Playwright. */
export async function openProfile(browser, origin, { allow = [], ...options } = {}) {
  profiles += 1;
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: 1000, height: 760 },
    ...options,
  });
  // Each profile uses its own client address: Better Auth allows three sign-ins in ten seconds per address.
  const addressHeader = { "X-Forwarded-For": `10.0.${profiles >> 8}.${profiles & 255}` };
  await context.route("**/api/auth/sign-*/**", (route) => route.continue({ headers: { ...route.request().headers(), ...addressHeader } }));
  context.setDefaultTimeout(TIMEOUT);
  const consoleMessages = [];
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") consoleMessages.push(`${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => consoleMessages.push(String(error.error())));
  // Counts what the user does, not what scripts do.
  const inputs = { pointer: 0, keyboard: 0 };
  await context.exposeBinding("countInput", (_source, device) => void (inputs[device] += 1));
  await context.addInitScript(() => {
    const devices = { pointerdown: "pointer", drop: "pointer", keydown: "keyboard" };
    for (const [event, device] of Object.entries(devices)) {
      window.addEventListener(event, ({ isTrusted }) => isTrusted && window.countInput(device), { capture: true });
    }
  });
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
    inputs,
    allow: (...patterns) => allow.push(...patterns),
    newPage: () => context.newPage(),
    /** Asserts that the console has only accepted messages. Call it before `close`. */
    expectCleanConsole() {
      const unexpected = consoleMessages.filter((text) => !allow.some((pattern) => pattern.test(text)));
      assert.deepEqual(unexpected, [], "errors and warnings on the browser's console");
    },
    close: () => context.close(),
  };
}

/** Asserts that the page had no layout shift without user input since it was opened. */
export async function expectNoLayoutShift(page) {
  // Waits two frames to count the shifts of the last change.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))));
  const [shift, shifted] = await page.evaluate(() => [window.shift, window.shifted]);
  assert.ok(shift < MAX_LAYOUT_SHIFT, `cumulative layout shift is ${shift}, caused by ${shifted.join(" and ")}`);
}

/** Waits until an asynchronous function returns true on the page. `waitForFunction` of Playwright takes its promise for true. */
export async function waitUntil(page, isSo, argument) {
  for (const deadline = Date.now() + TIMEOUT; Date.now() < deadline; ) {
    if (await page.evaluate(isSo, argument)) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`not within ${TIMEOUT} ms: ${isSo}`);
}

export const screenshot = (page, name) => page.screenshot({ path: join(screenshots, `${name}.png`) });
