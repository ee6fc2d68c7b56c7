// The features of the example. Each one is tested by mouse and by keyboard, with the cookie and with JWTs: a gap fails the run. With two
// databases, the tests with the cookie use the first database, and the tests with JWTs use the second one. All combinations take too long for CI.

import assert from "node:assert/strict";

const features = [
  ...["sign-up", "sign-in", "sign-out"],
  ...["quick add", "quick add: keep a part in the title", "details of a new task", "edit", "complete and undo", "conflict"],
  ...["due date", "due time", "preset repetition", "custom repetition", "reminder before the due date", "reminder at a time"],
  ...["views", "finished tasks", "search", "filter by tag", "filter by priority", "sort", "load more"],
  ...["bulk select", "delete and undo", "restore", "delete for ever", "empty trash"],
  ...["import", "export", "statistics", "shortcuts sheet", "theme"],
  ...["reminder sound", "end a session", "export of the account page", "password change", "account deletion"],
];
const ways = ["mouse", "keyboard"];
export const authMethods = ["cookie", "jwt"];

/** The passed tests: `kind/authMethod/feature/way`. */
const passed = new Set();

/**
 * Returns `test(feature, way, what, action)`, a check of a feature by mouse or by keyboard. The check fails if the action uses the
 * mouse in a test by keyboard, or not at all in a test by mouse.
 */
export const featureTests = ({ kind, authMethod, checks: { check } }, profile) => (feature, way, what, action) =>
  check(`${feature}, by ${way}: ${what}`, async () => {
    assert.ok(features.includes(feature) && ways.includes(way), `${feature}, ${way}: not in the list of features.mjs`);
    const { pointer, keyboard } = profile.inputs;
    await action();
    const used = { mouse: profile.inputs.pointer - pointer, keyboard: profile.inputs.keyboard - keyboard };
    assert.ok(used[way] > 0, `the ${way} is not used`);
    if (way === "keyboard") assert.equal(used.mouse, 0, "the mouse is used in a test by keyboard");
    passed.add([kind, authMethod, feature, way].join("/"));
  });

/** Returns whether the features are tested with this authentication method on the database `kinds[index]`. */
export function testsFeatures(kinds, index, authMethod) {
  return authMethods.indexOf(authMethod) % kinds.length === index;
}

/** Prints the features without a test. Throws if there is one. */
export function expectNoGaps(kinds) {
  const runs = kinds.flatMap((kind, index) => authMethods.filter((method) => testsFeatures(kinds, index, method)).map((method) => [kind, method]));
  const columns = runs.flatMap((run) => ways.map((way) => [...run, way]));
  const rows = features.map((feature) => [feature, columns.map(([kind, method, way]) => passed.has([kind, method, feature, way].join("/")))]);
  const gaps = rows.filter(([, cells]) => !cells.every(Boolean));
  const table = gaps.map(([feature, cells]) => `${feature.padEnd(40)} ${cells.map((has) => (has ? "yes" : "GAP")).join("  ")}`);
  assert.deepEqual(gaps, [], `features without a test (${columns.map((column) => column.join(" ")).join(", ")}):\n${table.join("\n")}`);
}
