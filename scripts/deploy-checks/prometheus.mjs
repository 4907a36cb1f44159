// What Prometheus is given, before its own tool: the configuration, the rules, and of each alert a test and a runbook.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { Skipped } from "../check/run.mjs";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "deploy/prometheus");

export const name = "prometheus";
export const what = "deploy/prometheus: promtool takes configuration and rules, and each alert has a test that holds and a runbook";

/** @returns {string[]} */
export function run() {
  const rules = filesOf("rules");
  const tests = filesOf("tests");
  const faults = rules.flatMap((file) => alertsOf(file).flatMap((alert) => lacks(alert, tests)));
  if (spawnSync("promtool", ["--version"]).error) {
    if (faults.length > 0) return faults;
    throw new Skipped("promtool is not installed");
  }
  const checks = rules.map((file) => promtool("check", "rules", "--lint=all", "--lint-fatal", file));
  return [...faults, promtool("check", "config", "--syntax-only", "prometheus.yml"), ...checks, promtool("test", "rules", ...tests)].flat();
}

const filesOf = (/** @type {string} */ kind) => readdirSync(join(folder, kind)).map((file) => `${kind}/${file}`);

/** @typedef {{ alert: string, annotations: { summary: string, runbook_url: string } }} Alert */

/** @param {string} file @returns {Alert[]} */
function alertsOf(file) {
  const { groups } = parse(readFileSync(join(folder, file), "utf8"));
  return groups.flatMap((/** @type {{ rules: Alert[] }} */ group) => group.rules);
}

/** @param {Alert} alert @param {string[]} tests @returns {string[]} */
function lacks({ alert, annotations }, tests) {
  const page = readFileSync(join(root, "docs/deploy/runbooks.md"), "utf8");
  const asked = tests.flatMap((file) => parse(readFileSync(join(folder, file), "utf8")).tests).flatMap((test) => test.alert_rule_test);
  const mine = asked.filter(({ alertname }) => alertname === alert);
  return [
    ...(page.includes(`\n### ${alert}\n`) ? [] : [`${alert} has no runbook in docs/deploy/runbooks.md`]),
    ...(annotations.runbook_url.endsWith(`#${alert.toLowerCase()}`) ? [] : [`the runbook_url of ${alert} leads elsewhere`]),
    ...(mine.some(({ exp_alerts: found }) => found.length > 0) ? [] : [`no test sees ${alert} fire`]),
    ...(mine.some(({ exp_alerts: found }) => found.length === 0) ? [] : [`no test sees ${alert} silent`]),
  ];
}

/** @param {string[]} words */
function promtool(...words) {
  const { status, stdout, stderr } = spawnSync("promtool", words, { cwd: folder, encoding: "utf8" });
  return status === 0 ? [] : [`promtool ${words.join(" ")}:\n${stdout}${stderr}`];
}
