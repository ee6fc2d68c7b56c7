// Sends the requests of a .http file, as editors do. The variable token is that of the environment.
//
//   node http-file.mjs FILE

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [head, ...requests] = readFileSync(process.argv[2], "utf8").split(/^###.*\n/m);
const variables = Object.fromEntries([...head.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name, value]) => [name, value]));
variables.token = process.env.TOKEN;
const filled = (text) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => variables[name] ?? assert.fail(`no variable ${name}`));

assert.ok(requests.length >= 3, "requests separated by ###");
for (const request of requests.map(filled)) {
  const [top, body] = request.trim().split("\n\n");
  const [line, ...fields] = top.split("\n");
  const [method, url] = line.split(" ");
  const headers = Object.fromEntries(fields.map((field) => field.split(/: (.*)/s, 2)));
  const response = await fetch(url, { method, headers, body });
  assert.ok(response.ok, `${line}: ${response.status} ${await response.text()}`);
}
