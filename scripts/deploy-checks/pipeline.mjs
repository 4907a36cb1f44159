// The pipeline by rules of our own: what each step may be, who may do what, and that nothing goes to production untried. By actionlint as well, where there is one.
import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const file = ".github/workflows/ci.yml";
/** Of the host's own, by a version; others could change under their tag. */
const usable = /^actions\/[\w-]+@v\d+$/;
const script = /^(deploy\/ci\/[\w-]+\.sh)( .*)?$/;
/** The order in which a change goes its way. */
const way = [
  "deploy/ci/test.sh",
  "deploy/ci/checks.sh",
  "deploy/ci/image.sh",
  "deploy/ci/scan.sh",
  "deploy/ci/push.sh",
  "deploy/ci/deploy.sh",
  "deploy/ci/smoke.sh",
  "deploy/ci/promote.sh",
];

/** @typedef {{ run?: string, uses?: string }} Step */
/** @typedef {{ needs?: string | string[], steps: Step[], "timeout-minutes"?: number, environment?: string, permissions?: Record<string, string>, if?: string }} Job */

export const name = "pipeline";
export const what = "the pipeline: each step is a script of deploy/ci, rights are few, nothing reaches production untried";

/** @returns {Promise<string[]>} */
export async function run() {
  return [...pipelineFaults(readFileSync(join(root, file), "utf8")), ...lintFaults()];
}

/** @param {string} text of the workflow */
export function pipelineFaults(text) {
  /** @type {{ permissions?: Record<string, string>, jobs: Record<string, Job> }} */
  const { permissions, jobs } = parse(text);
  const all = Object.entries(jobs);
  const ran = all.flatMap(([, { steps }]) => steps.flatMap(({ run: command }) => script.exec(command ?? "")?.[1] ?? []));
  return [
    ...(JSON.stringify(permissions) === '{"contents":"read"}' ? [] : ["all jobs get more than permissions: { contents: read }"]),
    ...way.filter((each) => !ran.includes(each)).map((each) => `no step calls ${each}`),
    ...all.flatMap(([job, { steps, "timeout-minutes": minutes }]) => [
      ...(minutes ? [] : [`the job ${job} has no timeout-minutes`]),
      ...steps.flatMap(stepFaults).map((fault) => `the job ${job} ${fault}`),
    ]),
    ...orderFaults(jobs),
  ];
}

/** @param {Step} step @returns {string[]} */
function stepFaults({ run: command, uses }) {
  if (uses !== undefined) return usable.test(uses) ? [] : [`uses ${uses}: only actions/… by a version`];
  const path = script.exec(command ?? "")?.[1];
  if (path === undefined) return [`runs ${JSON.stringify(command)}: call one script of deploy/ci`];
  // Texts of others, such as a title, would be run as part of the command.
  if (/github\.(event\.|head_ref)/.test(command ?? "")) return [`puts a text of others into ${path}: hand it over by env`];
  return isExecutable(path) ? [] : [`calls ${path}, which is not there or can't be executed`];
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(join(root, path), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What goes to an environment has passed all that comes before. @param {Record<string, Job>} jobs @returns {string[]} */
function orderFaults(jobs) {
  const before = (/** @type {string} */ job, /** @type {Set<string>} */ seen = new Set()) => {
    for (const next of [jobs[job]?.needs ?? []].flat()) if (!seen.has(next)) before(next, seen.add(next));
    return seen;
  };
  const must = { image: ["tests", "checks"], staging: ["tests", "checks", "image"], production: ["tests", "checks", "image", "staging"] };
  return Object.entries(must).flatMap(([job, needed]) => {
    const has = before(job);
    const missing = needed.filter((each) => !has.has(each)).map((each) => `the job ${job} does not wait for ${each}`);
    const isGuarded = job === "image" || jobs[job]?.environment === job;
    return [...missing, ...(isGuarded ? [] : [`the job ${job} has no environment of its name, so nobody can guard it`])];
  });
}

function lintFaults() {
  try {
    execFileSync("actionlint", [join(root, file)], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return [];
  } catch (error) {
    const { code, stdout } = /** @type {NodeJS.ErrnoException & { stdout?: string }} */ (error);
    // Our own rules have been looked at all the same.
    return code === "ENOENT" ? [] : String(stdout).trim().split("\n");
  }
}
