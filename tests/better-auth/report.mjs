// One line per check as it happens, and the count at the end.

const count = { passed: 0, failed: 0 };
let muted = false;

/** Says no more: an interrupted run has nothing to tell but that. */
export function mute() {
  muted = true;
}

const say = (line) => muted || console.log(line);

/** Thrown when a check failed that later ones build on: they are left out rather than failing for its sake. */
class Abandoned extends Error {}

/** The two kinds of check of a database; an action throws to fail. */
export function checker(database) {
  const check = async (name, action) => {
    try {
      const result = await action();
      count.passed += 1;
      say(`ok    ${database}: ${name}`);
      return { result, passed: true };
    } catch (error) {
      fail(`${database}: ${name}`, error);
      return { passed: false };
    }
  };
  /** A check whose result the rest of its group needs. */
  const need = async (name, action) => {
    const { result, passed } = await check(name, action);
    if (!passed) throw new Abandoned(name);
    return result;
  };
  return { check, need };
}

/** Runs a group of checks; where one that is needed fails, the group ends, not the run. */
export async function group(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Abandoned)) throw error;
  }
}

export function fail(name, error) {
  count.failed += 1;
  const text = String((error?.message ?? error) + (error?.cause ? ` (${error.cause.message})` : ""));
  say(`FAIL  ${name}\n      ${text.trimEnd().replaceAll("\n", "\n      ")}`);
}

/** Takes over what another process reported. */
export function add(output, name) {
  const [last, passed, failed] = output.match(/(\d+) passed, (\d+) failed\s*$/) ?? [];
  say(last ? output.slice(0, output.lastIndexOf(last)).trimEnd() : output);
  count.passed += Number(passed ?? 0);
  count.failed += Number(failed ?? 0);
  if (!last) fail(name, new Error("it ended before its time"));
  else if (passed === "0") fail(name, new Error("nothing was checked"));
}

export const failures = () => count.failed;

export function summary() {
  say(`${count.passed} passed, ${count.failed} failed`);
}
