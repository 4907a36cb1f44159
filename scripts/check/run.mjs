import { writeFileSync } from "node:fs";

/** More than this of one check is one cause: the rest is only counted. */
const shownPerCheck = 50;

/** Thrown by a check whose tool is missing: it is skipped with that reason, and fails with REQUIRE_SERVICES=1. */
export class Skipped extends Error {
  /** @override */
  name = "Skipped";
}

/**
 * The program of a list of checks: words of the command line name some of them, `--report FILE` keeps the counts. The exit code is 1 where one
 * fails, and 2 where one is not known.
 * @param {string} root
 * @param {readonly import("./lib.mjs").Check[]} checks
 */
export async function runAsked(root, checks) {
  const words = process.argv.slice(2);
  const reportAt = words.indexOf("--report");
  const [, reportFile] = reportAt === -1 ? [] : words.splice(reportAt, 2);
  const unknown = words.filter((word) => !checks.some((check) => check.name === word));
  if (unknown.length > 0) {
    console.error(`There is no check ${unknown.join(", ")}. There are: ${checks.map((check) => check.name).join(", ")}`);
    process.exit(2);
  }
  const chosen = words.length === 0 ? checks : checks.filter((check) => words.includes(check.name));
  const counts = await runChecks(root, chosen, (line) => console.log(line));
  if (reportFile !== undefined) writeFileSync(reportFile, `${JSON.stringify(counts)}\n`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

/**
 * Runs checks one after the other and prints a line about each, its problems below it, and a summary at the end.
 * @param {string} root
 * @param {readonly import("./lib.mjs").Check[]} checks
 * @param {(line: string) => void} say
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>}
 */
export async function runChecks(root, checks, say) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const started = performance.now();
  const failedNames = [];
  for (const check of checks) {
    const from = performance.now();
    const { problems, note, isSkipped } = await runOne(check, root);
    const seconds = ((performance.now() - from) / 1_000).toFixed(1).padStart(5);
    const failed = problems.length > 0;
    counts[failed ? "failed" : isSkipped ? "skipped" : "passed"] += 1;
    if (failed) failedNames.push(check.name);
    const remark = failed ? `${problems.length} ${problems.length === 1 ? "problem" : "problems"}` : (note ?? "");
    say(
      `${failed ? "FAIL" : isSkipped ? "skip" : "ok  "} ${check.name.padEnd(7)} ${seconds} s  ${check.about}${remark === "" ? "" : `: ${remark}`}`,
    );
    for (const problem of problems.slice(0, shownPerCheck)) say(`       ${describe(problem)}`);
    if (problems.length > shownPerCheck) say(`       … and ${problems.length - shownPerCheck} more`);
  }
  const total = ((performance.now() - started) / 1_000).toFixed(1);
  say("");
  say(
    `${counts.passed} checks passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""} in ${total} s${failedNames.length > 0 ? `: ${failedNames.join(", ")}` : ""}`,
  );
  return counts;
}

/**
 * A check that cannot look is red.
 * @param {import("./lib.mjs").Check} check
 * @param {string} root
 * @returns {Promise<{ problems: import("./lib.mjs").Problem[], note?: string, isSkipped?: boolean }>}
 */
async function runOne(check, root) {
  try {
    return await check.run(root);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isMissingTool = error instanceof Error && error.name === "Skipped";
    if (isMissingTool && process.env["REQUIRE_SERVICES"] !== "1") return { problems: [], note: message, isSkipped: true };
    return { problems: [{ file: check.name, line: 0, message, cure: "The check itself could not run." }] };
  }
}

/** @param {import("./lib.mjs").Problem} problem */
function describe({ file, line, message, cure }) {
  return `${file}${line > 0 ? `:${line}` : ""}${file === "" ? "" : "  "}${message}${cure === "" ? "" : `\n         → ${cure}`}`;
}
