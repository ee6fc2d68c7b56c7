// Drives the front end of examples/nextjs and the service in a headless Chromium, by cookie and by JWT.
//
//   npm ci --prefix examples/nextjs; npm ci --prefix tests/better-auth; npm ci --prefix tests/browser
//   node tests/browser/run.mjs [sqlite] [postgres] [--built]      (both databases when none is named; --built: as it was built last)
//
// TASK_API names the service's binary, CHROMIUM the browser; TEST_DATABASE_URL a PostgreSQL to use instead of a temporary one.

import { randomBytes } from "node:crypto";

import { openers } from "../better-auth/databases.mjs";
import { checker, fail, failures, group, mute, summary } from "../better-auth/report.mjs";
import { startService } from "../better-auth/service.mjs";
import { checkConflicts } from "./conflicts.checks.mjs";
import { checkLife } from "./life.checks.mjs";
import { buildFrontEnd, freePort, isBuilt, startFrontEnd } from "./front-end.mjs";
import { checkLooks } from "./looks.checks.mjs";
import { checkOutages } from "./outages.checks.mjs";
import { checkSessions } from "./sessions.checks.mjs";
import { checkStrangers } from "./strangers.checks.mjs";
import { startBrowser } from "./tabs.mjs";

const known = ["sqlite", "postgres"];
const closers = [];

/** Gives back, last first, whatever was opened since there were `left` of them. */
async function closeAll(left = 0) {
  while (closers.length > left) {
    const [name, close] = closers.pop();
    try {
      await close();
    } catch (error) {
      fail(`closing ${name}`, error);
    }
  }
}

async function runOn(browser, kind, proof) {
  const secret = randomBytes(32).toString("base64");
  const database = await openers[kind]();
  closers.push([`the ${kind} database`, database.close]);

  // Each must know the other's address before either exists.
  const port = await freePort();
  const settings = { databaseUrl: database.url, betterAuthOrigin: `http://127.0.0.1:${port}`, secret };
  let service = await startService(settings);
  closers.push(["the service", () => service?.close()]);
  const publicOrigin = proof === "jwt" ? service.origin : "";
  const frontEnd = await startFrontEnd({ ...settings, port, serviceOrigin: service.origin, publicOrigin });
  closers.push(["the front end", frontEnd.close]);

  const before = failures();
  const world = {
    browser,
    proof,
    kind,
    secret,
    checks: checker(`${kind}, ${proof}`),
    origin: frontEnd.origin,
    service: service.origin,
    /** Where a page's scripts call the service. */
    calls: publicOrigin,
    async stopService() {
      const { port } = service;
      await service.close();
      service = undefined;
      return async () => void (service = await startService({ ...settings, port }));
    },
  };
  for (const check of [checkLife, checkStrangers, checkConflicts, checkOutages, checkLooks, checkSessions]) {
    await group(() => check(world));
  }
  if (failures() > before) {
    console.log(`---- the end of the service's log\n${service?.tail()}\n---- the end of the front end's log\n${frontEnd.tail()}\n----`);
  }
}

async function main(names) {
  const kinds = names.filter((name) => name !== "--built");
  const unknown = kinds.filter((kind) => !known.includes(kind));
  if (unknown.length > 0) throw new Error(`unknown database ${unknown.join(", ")}: name ${known.join(" or ")}, or none for both`);
  if (!names.includes("--built") || !isBuilt()) await group(() => checker("front end").need("next build succeeds and warns of nothing", buildFrontEnd));
  if (failures() > 0) return;

  const browser = await startBrowser();
  closers.push(["the browser", () => browser.close()]);
  for (const kind of kinds.length > 0 ? kinds : known) {
    for (const proof of ["cookie", "jwt"]) {
      await runOn(browser, kind, proof).catch((error) => fail(`${kind}, ${proof}`, error));
      await closeAll(1);
    }
  }
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
