/**
 * @typedef {{ status: string, fullName?: string, failureMessages?: string[] }} TestResult
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} Report vitest's JSON report
 * @typedef {{ counts: { passed: number, failed: number, skipped: number }, remarks: string[] }} Counted
 */

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
      remarks.push(`failed outside of its tests: ${file.name}: ${firstLine(file.message)}`);
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
  return `${file.name}: ${fullName.trim()}: ${firstLine(failureMessages[0])}`;
}

/** @param {string} [message] @returns {string} */
function firstLine(message = "") {
  return message.slice(0, 300).split("\n", 1)[0] ?? "";
}

/** @param {string} status @returns {"passed" | "failed" | "skipped"} */
function kindOf(status) {
  if (status === "passed" || status === "failed") return status;
  return "skipped";
}
