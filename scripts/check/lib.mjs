import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A finding of a check: the place, the fault, and its cure. `line` 0 means the file as a whole.
 * @typedef {{ file: string, line: number, message: string, cure: string }} Problem
 */

/**
 * One rule or tool. `run` looks at the tree under `root` and throws only if it could not look at all.
 * @typedef {{ name: string, about: string, run: (root: string) => Promise<{ problems: Problem[], note?: string }> }} Check
 */

/**
 * Every file that is, or would be, committed. Sorted, with forward slashes, relative to `root`.
 * @param {string} root
 * @returns {string[]}
 */
export function listFiles(root) {
  const args = ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const names = execFileSync("git", args, { encoding: "utf8", maxBuffer: 64 << 20 }).split("\0");
  return [...new Set(names)].filter((name) => name !== "" && existsSync(join(root, name))).sort((a, b) => (a < b ? -1 : 1));
}

/**
 * @param {string} root
 * @param {string} file
 */
export function read(root, file) {
  return readFileSync(join(root, file), "utf8");
}

/**
 * Line of an offset, from 1.
 * @param {string} text
 * @param {number} offset
 */
export function lineAt(text, offset) {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/**
 * Runs a tool of node_modules in `root`. Never throws for an exit code: the caller reads the output.
 * @param {string} root
 * @param {string} script path of the tool's program below node_modules
 * @param {string[]} args
 * @returns {Promise<{ code: number, output: string, errors: string }>}
 */
export function runTool(root, script, args) {
  const program = join(root, "node_modules", script);
  if (!existsSync(program)) throw new Error(`node_modules/${script} is missing: run npm ci`);
  return new Promise((resolve) => {
    const options = { cwd: root, encoding: /** @type {const} */ ("utf8"), maxBuffer: 64 << 20 };
    execFile(process.execPath, [program, ...args], options, (error, output, errors) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, output, errors });
    });
  });
}

/** Tests, and code that only tests use (`x.testing.ts`). @param {string} file */
export function isTest(file) {
  return /\.(test|testing)\.(ts|mjs)$/.test(file);
}
