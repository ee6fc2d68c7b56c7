// Prints one line per check, and the counts at the end.

const count = { passed: 0, failed: 0 };
let muted = false;

/** Stops all further output. Used when the run is interrupted. */
export function mute() {
  muted = true;
}

const print = (line) => muted || console.log(line);

/** Thrown when a required check fails. It skips the rest of the group. */
class GroupAborted extends Error {}

/** Returns `check` and `need`, which prefix each name with `label`. A check fails when its action throws. */
export function checker(label) {
  const check = async (name, action) => {
    try {
      const result = await action();
      count.passed += 1;
      print(`ok    ${label}: ${name}`);
      return { result, passed: true };
    } catch (error) {
      fail(`${label}: ${name}`, error);
      return { passed: false };
    }
  };
  /** Runs a check whose result the rest of its group requires. Returns the result. */
  const need = async (name, action) => {
    const { result, passed } = await check(name, action);
    if (!passed) throw new GroupAborted(name);
    return result;
  };
  return { check, need };
}

/** Runs a group of checks. A failed required check ends the group, not the run. */
export async function group(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof GroupAborted)) throw error;
  }
}

export function fail(name, error) {
  count.failed += 1;
  const text = String((error?.message ?? error) + (error?.cause ? ` (${error.cause.message})` : ""));
  print(`FAIL  ${name}\n      ${text.trimEnd().replaceAll("\n", "\n      ")}`);
}

/** Prints the output of another process and adds its counts. */
export function addResults(output, name) {
  const [last, passed, failed] = output.match(/(\d+) passed, (\d+) failed\s*$/) ?? [];
  print(last ? output.slice(0, output.lastIndexOf(last)).trimEnd() : output);
  count.passed += Number(passed ?? 0);
  count.failed += Number(failed ?? 0);
  if (!last) fail(name, new Error("it ended without a result"));
  else if (passed === "0") fail(name, new Error("it ran no check"));
}

export const failures = () => count.failed;

export function summary() {
  print(`${count.passed} passed, ${count.failed} failed`);
}
