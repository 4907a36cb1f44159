/** More than this of one check is one cause: the rest is only counted. */
const shownPerCheck = 50;

/**
 * Runs checks one after the other and prints a line about each, its problems below it, and a summary at the end.
 * @param {string} root
 * @param {readonly import("./lib.mjs").Check[]} checks
 * @param {(line: string) => void} say
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runChecks(root, checks, say) {
  const counts = { passed: 0, failed: 0 };
  const started = performance.now();
  const failedNames = [];
  for (const check of checks) {
    const from = performance.now();
    const { problems, note } = await runOne(check, root);
    const seconds = ((performance.now() - from) / 1_000).toFixed(1).padStart(5);
    const failed = problems.length > 0;
    counts[failed ? "failed" : "passed"] += 1;
    if (failed) failedNames.push(check.name);
    const remark = failed ? `${problems.length} ${problems.length === 1 ? "problem" : "problems"}` : (note ?? "");
    say(`${failed ? "FAIL" : "ok  "} ${check.name.padEnd(7)} ${seconds} s  ${check.about}${remark === "" ? "" : `: ${remark}`}`);
    for (const problem of problems.slice(0, shownPerCheck)) say(`       ${describe(problem)}`);
    if (problems.length > shownPerCheck) say(`       … and ${problems.length - shownPerCheck} more`);
  }
  const total = ((performance.now() - started) / 1_000).toFixed(1);
  say("");
  say(
    `${counts.passed} checks passed, ${counts.failed} failed in ${total} s${failedNames.length > 0 ? `: ${failedNames.join(", ")}` : ""}`,
  );
  return counts;
}

/** A check that cannot look is red. @param {import("./lib.mjs").Check} check @param {string} root */
async function runOne(check, root) {
  try {
    return await check.run(root);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problems: [{ file: check.name, line: 0, message, cure: "The check itself could not run." }], note: undefined };
  }
}

/** @param {import("./lib.mjs").Problem} problem */
function describe({ file, line, message, cure }) {
  return `${file}${line > 0 ? `:${line}` : ""}  ${message}\n         → ${cure}`;
}
