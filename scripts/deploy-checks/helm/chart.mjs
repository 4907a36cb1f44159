// The chart, its examples and what Helm makes of them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";

const root = resolve(import.meta.dirname, "../../..");
export const chart = join(root, "deploy/helm/tillway");
export const examplesFolder = join(root, "deploy/helm/examples");
/** The oldest Kubernetes that the chart is for: what an example renders must not hang on the Helm that renders it. */
const KUBERNETES = "1.30.0";

/** @typedef {{ status: number, stdout: string, stderr: string }} Ended */
/** @typedef {any} Manifest As Kubernetes has it; each rule reads the members that it knows. */

/** Helm of the PATH, or the one that the services' installer built. Undefined: there is none. */
export function findHelm() {
  const built = join(process.env["SERVICES_CACHE"] ?? join(homedir(), ".cache/tillway-services"), "bin/helm");
  return ["helm", built].find((program) => (program === "helm" || existsSync(program)) && !spawnSync(program, ["version"]).error);
}

export const examples = () => readdirSync(examplesFolder).map((file) => file.replace(".yaml", ""));

/** @param {string} name */
export const goldenOf = (name) => join(root, "test/deploy/helm", `${name}.golden.yaml`);

/** @param {string} name */
export const readGolden = (name) => (existsSync(goldenOf(name)) ? readFileSync(goldenOf(name), "utf8") : "");

/** @param {string} helm @param {string[]} args @returns {Ended} */
export function call(helm, args) {
  const { status, stdout, stderr } = spawnSync(helm, args, { encoding: "utf8", maxBuffer: 16 << 20 });
  return { status: status ?? 1, stdout, stderr };
}

/** What Helm makes of an example. @param {string} helm @param {string} example @param {string[]} more options of Helm @returns {Ended} */
export function render(helm, example, more = []) {
  const values = join(examplesFolder, `${example}.yaml`);
  return call(helm, ["template", "tillway", chart, "--namespace", "payments", "--kube-version", KUBERNETES, "--values", values, ...more]);
}

/** @param {string} text @returns {Manifest[]} */
export function manifestsOf(text) {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
}
