// What Prometheus is given, before its own tool: the configuration, the rules, and what each rule says about figures of ours.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Skipped } from "../check/run.mjs";

const folder = resolve(import.meta.dirname, "../../deploy/prometheus");

export const name = "prometheus";
export const what = "deploy/prometheus: promtool takes its configuration and rules, and each rule's test holds";

/** @returns {string[]} */
export function run() {
  if (spawnSync("promtool", ["--version"]).error) throw new Skipped("promtool is not installed");
  const tests = readdirSync(join(folder, "tests")).map((file) => `tests/${file}`);
  return [
    promtool("check", "config", "--syntax-only", "prometheus.yml"),
    ...rules().map(checkRules),
    promtool("test", "rules", ...tests),
  ].flat();
}

const rules = () => readdirSync(join(folder, "rules")).map((file) => `rules/${file}`);
const checkRules = (/** @type {string} */ file) => promtool("check", "rules", "--lint=all", "--lint-fatal", file);

/** @param {string[]} words */
function promtool(...words) {
  const { status, stdout, stderr } = spawnSync("promtool", words, { cwd: folder, encoding: "utf8" });
  return status === 0 ? [] : [`promtool ${words.join(" ")}:\n${stdout}${stderr}`];
}
