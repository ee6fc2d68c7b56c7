// Makes lib/openapi.d.ts from the service's OpenAPI document.
//
//   npm run types                   writes it
//   npm run types -- --check        only compares: fails if the service's document gives something else now
//
// TASK_API names the service's binary; otherwise it is that of `cargo build` in this repository.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

import openapiTS, { astToString } from "openapi-typescript";

const binary = process.env.TASK_API || resolve(import.meta.dirname, "../../../target/debug/task-api");
const file = resolve(import.meta.dirname, "../lib/openapi.d.ts");

// No setting of the person's has a part in it.
const document = execFileSync(binary, ["openapi"], { encoding: "utf8", env: { ENV_FILE: "/dev/null" }, maxBuffer: 16 << 20 });
const types = `// Made from the service's OpenAPI document by \`npm run types\`; not to be edited.\n\n${astToString(await openapiTS(document))}`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, types);
} else if (readFileSync(file, "utf8") !== types) {
  console.error("lib/openapi.d.ts is not what the service's document gives: run `npm run types` and commit it");
  process.exit(1);
} else {
  console.log("lib/openapi.d.ts is what the service's document gives");
}
