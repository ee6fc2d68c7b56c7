// Checks that each way of docs/nextjs.md to forward requests covers the paths of tasks, and no path of Better Auth.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/nextjs.md"), "utf8");

/** Converts a source of Next.js' rewrites: `:name` is one segment, `:name*` any number. */
const pattern = (source) => new RegExp(`^${source.replace(/\/:\w+\*/g, "(?:/.*)?").replace(/:\w+/g, "[^/]+")}/?$`);

const sources = [...page.matchAll(/source: "([^"]+)", destination: `\$\{service\}([^`]+)`/g)];
assert.ok(sources.length === 2 && sources.every(([, source, destination]) => source === destination), "two rewrites");
const [, proxy] = /if \(\/(.+)\/\.test\(pathname\)\)/.exec(page);
const [, nginx] = /location ~ (\S+) \{ proxy_pass http:\/\/127\.0\.0\.1:8000/.exec(page);

const ways = {
  "next.config.ts": (path) => sources.some(([, source]) => pattern(source).test(path)),
  "proxy.ts": (path) => new RegExp(proxy).test(path),
  nginx: (path) => new RegExp(nginx).test(path),
};
const below = ["", "/", "/7", "/7/complete", "/stats", "/events"];
for (const [name, forwards] of Object.entries(ways)) {
  for (const path of below) {
    assert.ok(forwards(`/api/tasks${path}`), `${name}: /api/tasks${path}`);
    assert.ok(forwards(`/api/6DLBcOCD/tasks${path}`), `${name}: /api/6DLBcOCD/tasks${path}`);
  }
  for (const path of ["/api/auth/get-session", "/api/auth/token", "/api/tasklist", "/tasks", "/api"]) {
    assert.ok(!forwards(path), `${name}: ${path}`);
  }
}
console.log("the rewrites of docs/nextjs.md cover the paths of tasks");
