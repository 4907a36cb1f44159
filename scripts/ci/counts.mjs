/**
 * @typedef {{ status: string, fullName?: string, failureMessages?: string[] }} TestResult
 * @typedef {{ name: string, status: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} Report vitest's JSON report
 * @typedef {{ counts: { passed: number, failed: number, skipped: number }, remarks: string[] }} Counted
 */

/** Of a run with more failed files than these, something is wrong that a second run does not tell more about. */
const FILES_RUN_AGAIN = 3;

/**
 * The counts of a test run, and a remark for each failure. No report, no test, or an exit code that no failed test explains is a failure
 * of its own.
 * @param {Report | null} report
 * @param {number} exitCode of vitest
 * @returns {Counted}
 */
export function countTests(report, exitCode) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const remarks = [];
  for (const file of report?.testResults ?? []) {
    for (const one of file.assertionResults) {
      counts[kindOf(one.status)] += 1;
      if (one.status === "failed") remarks.push(`failed: ${remarkOf(file, one)}`);
    }
    if (failedOutsideOfTests(file)) {
      remarks.push(`${file.name} failed outside of its tests`);
      counts.failed += 1;
    }
  }
  const unexplained = reasonBesideTests(report, exitCode, counts);
  if (unexplained !== undefined) {
    remarks.push(unexplained);
    if (counts.failed === 0) counts.failed += 1;
  }
  return { counts, remarks };
}

/** The failed files, if they are few enough to be run once more, one after another. @param {Report | null} report @returns {string[]} */
export function filesToRunAgain(report) {
  const failed = (report?.testResults ?? []).filter((file) => file.status === "failed").map((file) => file.name);
  return failed.length <= FILES_RUN_AGAIN ? failed : [];
}

/**
 * A first run with the files of a second one in the place of their first results. What failed first and passed then counts as passed and is
 * named, since a test that depends on how busy the machine is wants mending too.
 * @param {Report} first
 * @param {Report} second
 * @param {number} exitCode of the second run
 * @returns {Counted}
 */
export function countWithSecondRun(first, second, exitCode) {
  const again = new Map(second.testResults.map((file) => [file.name, file]));
  const counted = countTests({ testResults: first.testResults.map((file) => again.get(file.name) ?? file) }, exitCode);
  const unstable = first.testResults.flatMap((file) =>
    file.assertionResults
      .filter((one) => one.status === "failed")
      .map((one) => `unstable, failed in the first run: ${remarkOf(file, one)}`),
  );
  return { counts: counted.counts, remarks: [...unstable, ...counted.remarks] };
}

/** @param {Report | null} report @param {number} exitCode @param {Counted["counts"]} counts @returns {string | undefined} */
function reasonBesideTests(report, exitCode, counts) {
  if (report === null) return "vitest left no report";
  if (counts.passed === 0) return "no test passed: a run without tests is a failure";
  if (exitCode !== 0 && counts.failed === 0) return `vitest ended with exit code ${exitCode} though no test failed`;
  return undefined;
}

/** @param {FileResult} file @returns {boolean} */
function failedOutsideOfTests(file) {
  return file.status === "failed" && !file.assertionResults.some((one) => one.status === "failed");
}

/** @param {FileResult} file @param {TestResult} test @returns {string} */
function remarkOf(file, { fullName = "", failureMessages = [] }) {
  const [message = ""] = (failureMessages[0] ?? "").split("\n");
  return `${file.name}: ${fullName.trim()}: ${message.slice(0, 300)}`;
}

/** @param {string} status @returns {"passed" | "failed" | "skipped"} */
function kindOf(status) {
  if (status === "passed" || status === "failed") return status;
  return "skipped";
}
