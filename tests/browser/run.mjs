// Tests the front end of examples/nextjs and the service in a headless Chromium, with the cookie and with JWTs.
//
//   npm ci --prefix examples/nextjs; npm ci --prefix tests/better-auth; npm ci --prefix tests/browser
//   node tests/browser/run.mjs [sqlite] [postgres] [--built]      (default: both databases; --built: uses the last build)
//
// ONLY=checkConflicts,checkOutages runs some groups after the first one. BROWSER_TIMEOUT limits each wait, in ms.
//
// TASK_API is the path of the service's binary, CHROMIUM that of the browser. TEST_DATABASE_URL is a PostgreSQL to use instead of a
// temporary one.

import { randomBytes } from "node:crypto";

import { openers } from "../better-auth/databases.mjs";
import { checker, fail, failures, group, mute, summary } from "../better-auth/report.mjs";
import { startService } from "../better-auth/service.mjs";
import { checkConflicts } from "./conflicts.checks.mjs";
import { checkUserJourney } from "./user-journey.checks.mjs";
import { checkAccountFeatures } from "./account-features.checks.mjs";
import { checkFeatures } from "./features.checks.mjs";
import { authMethods, expectNoGaps, testsFeatures } from "./features.mjs";
import { buildFrontEnd, freePort, isBuilt, startFrontEnd } from "./front-end.mjs";
import { checkAppearance } from "./appearance.checks.mjs";
import { checkConnections } from "./connections.checks.mjs";
import { checkDisagreement } from "./disagreement.checks.mjs";
import { checkLib } from "./lib.checks.mjs";
import { checkOffline } from "./offline.checks.mjs";
import { checkOutages } from "./outages.checks.mjs";
import { checkSessions } from "./sessions.checks.mjs";
import { checkUserIsolation } from "./isolation.checks.mjs";
import { startBrowser } from "./tabs.mjs";
import { checkWindows } from "./windows.checks.mjs";
import { checkWrites } from "./writes.checks.mjs";

/** Groups that run on the first database only: they test the browser. `tests/api` has the same keys and versions on both databases. */
const ofBrowser = [checkWrites, checkOffline, checkConnections];
/** Groups that test the features. `testsFeatures` returns where they run. */
const ofFeatures = [checkFeatures, checkAccountFeatures];
const groups = [
  ...[checkUserJourney, checkUserIsolation, checkWindows, checkConflicts, checkFeatures, checkAccountFeatures],
  ...[checkLib, checkOutages, ...ofBrowser, checkAppearance, checkSessions, checkDisagreement],
];
const supportedKinds = ["sqlite", "postgres"];
const closers = [];

/** Closes resources in reverse order until `remaining` are left. */
async function closeAll(remaining = 0) {
  while (closers.length > remaining) {
    const [name, close] = closers.pop();
    try {
      await close();
    } catch (error) {
      fail(`closing ${name}`, error);
    }
  }
}

async function runOn(browser, kind, authMethod, leftOut) {
  const secret = randomBytes(32).toString("base64");
  const database = await openers[kind]();
  closers.push([`the ${kind} database`, database.close]);

  // Each server's settings contain the other's address, so the port is chosen first.
  const port = await freePort();
  const settings = { databaseUrl: database.url, betterAuthOrigin: `http://127.0.0.1:${port}`, secret };
  let service = await startService(settings);
  closers.push(["the service", () => service?.close()]);
  const publicOrigin = authMethod === "jwt" ? service.origin : "";
  const frontEndSettings = { ...settings, port, serviceOrigin: service.origin, publicOrigin };
  let frontEnd = await startFrontEnd(frontEndSettings);
  closers.push(["the front end", () => frontEnd?.close()]);

  const failuresBefore = failures();
  const context = {
    browser,
    authMethod,
    kind,
    secret,
    checks: checker(`${kind}, ${authMethod}`),
    origin: frontEnd.origin,
    serviceOrigin: service.origin,
    /** The origin that scripts of a page call. Empty for the page's own origin. */
    apiOrigin: publicOrigin,
    async stopService() {
      const { port } = service;
      await service.close();
      service = undefined;
      return async (changed = {}) => void (service = await startService({ ...settings, port, ...changed }));
    },
    async stopFrontEnd() {
      await frontEnd.close();
      return async (changed = {}) => void (frontEnd = await startFrontEnd({ ...frontEndSettings, ...changed }));
    },
  };
  const only = process.env.ONLY?.split(",");
  for (const check of groups) {
    const isUsed = !only || check === checkUserJourney || only.includes(check.name);
    if (isUsed && !leftOut.includes(check)) await group(() => check(context));
  }
  if (failures() > failuresBefore) {
    console.log(`---- the end of the service's log\n${service?.tail()}\n---- the end of the front end's log\n${frontEnd?.tail()}\n----`);
  }
}

async function main(names) {
  const kinds = names.filter((name) => name !== "--built");
  const unknown = kinds.filter((kind) => !supportedKinds.includes(kind));
  if (unknown.length > 0) throw new Error(`unknown database ${unknown.join(", ")}: accepted are ${supportedKinds.join(" and ")} (default: both)`);
  if (!names.includes("--built") || !isBuilt()) await group(() => checker("front end").need("next build succeeds without warnings", buildFrontEnd));
  if (failures() > 0) return;

  const browser = await startBrowser();
  closers.push(["the browser", () => browser.close()]);
  const used = kinds.length > 0 ? kinds : supportedKinds;
  for (const [index, kind] of used.entries()) {
    // Each run has its own servers, database and users.
    const runs = authMethods.map((authMethod) => {
      const leftOut = [...(index === 0 ? [] : ofBrowser), ...(testsFeatures(used, index, authMethod) ? [] : ofFeatures)];
      return runOn(browser, kind, authMethod, leftOut).catch((error) => fail(`${kind}, ${authMethod}`, error));
    });
    await Promise.all(runs);
    await closeAll(1);
  }
  if (process.env.ONLY) return;
  await checker("front end").check("each feature is tested by mouse and by keyboard, with the cookie and with JWTs", () => expectNoGaps(used));
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    console.log(`interrupted by ${signal}`);
    mute();
    closeAll().finally(() => process.exit(1));
  });
}

await main(process.argv.slice(2)).catch((error) => fail("browser", error));
await closeAll();
summary();
process.exit(failures() > 0 ? 1 : 0);
