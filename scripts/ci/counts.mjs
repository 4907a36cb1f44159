/**
 * The counts of a test run. No report, no test, or an exit code that no failed test explains is a failure of its own.
 * @param {{ testResults: { name: string, status: string, assertionResults: { status: string }[] }[] } | null} report vitest's JSON report
 * @param {number} exitCode of vitest
 * @returns {{ counts: { passed: number, failed: number, skipped: number }, remarks: string[] }}
 */
export function countTests(report, exitCode) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const remarks = [];
  for (const file of report?.testResults ?? []) {
    for (const { status } of file.assertionResults) counts[kindOf(status)] += 1;
    if (file.status === "failed" && !file.assertionResults.some((one) => one.status === "failed")) {
      remarks.push(`${file.name} failed outside of its tests`);
      counts.failed += 1;
    }
  }
  if (report === null) remarks.push("vitest left no report");
  else if (counts.passed === 0) remarks.push("no test passed: a run without tests is a failure");
  else if (exitCode !== 0 && counts.failed === 0) remarks.push(`vitest ended with exit code ${exitCode} though no test failed`);
  if (remarks.length > 0 && counts.failed === 0) counts.failed += 1;
  return { counts, remarks };
}

/** @param {string} status @returns {"passed" | "failed" | "skipped"} */
function kindOf(status) {
  if (status === "passed" || status === "failed") return status;
  return "skipped";
}
