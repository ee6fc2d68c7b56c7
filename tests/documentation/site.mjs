// Checks the links and anchors of the built site: every page of the folder, except the page for printing.
//
//   node site.mjs FOLDER

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const pages = readdirSync(folder).filter((name) => name.endsWith(".html") && !["print.html", "404.html"].includes(name));
const text = Object.fromEntries(pages.map((page) => [page, readFileSync(join(folder, page), "utf8")]));
const hasAnchor = (page, anchor) => text[page].includes(`id="${anchor}"`);

const problems = [];
for (const page of pages) {
  for (const [, link] of text[page].matchAll(/(?:href|src)="([^"]+)"/g)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [file, anchor] = link.split("#");
    const target = file || page;
    if (!existsSync(join(folder, target))) problems.push(`${page}: ${link}: the file does not exist`);
    else if (anchor && text[target] && !hasAnchor(target, decodeURIComponent(anchor))) problems.push(`${page}: ${link}: no such anchor`);
  }
}
assert.deepEqual(problems, []);
assert.ok(pages.length > 20, `${pages.length} pages`);
console.log(`the links of ${pages.length} pages lead to pages and anchors`);
