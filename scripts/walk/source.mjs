/** Counts without running anything: lines of code, circles of imports, files in a folder. */
import { posix } from "node:path";
import { parseSync } from "oxc-parser";
import { isTest, listFiles, read } from "../check/lib.mjs";
import { parseModule } from "../check/source.mjs";

/** The sources of all workspaces. @param {string} root */
export function sources(root) {
  return listFiles(root).filter((file) => /^[^/]+\/src\/.*\.ts$/.test(file));
}

/** True for code that moves no money: far sides of gateways, conformance suites, the simulator, the launcher of PostgreSQL. @param {string} file */
export function isBeside(file) {
  return /^(sandbox|scripts)\/|^server\/src\/(gateways|simulation|embedded)\/|\/conformance\//.test(file);
}

/** Lines with code in them: no comments, no blank lines. @param {string} root @param {string[]} files */
export function codeLines(root, files) {
  const counted = files.filter((file) => !isTest(file) && !isBeside(file));
  return counted.reduce((sum, file) => sum + linesOfCode(read(root, file), file), 0);
}

/** @param {string} source @param {string} file */
export function linesOfCode(source, file) {
  const { comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  let code = "";
  let at = 0;
  for (const { start, end } of comments) {
    code += source.slice(at, start) + source.slice(start, end).replaceAll(/[^\n]/g, "");
    at = end;
  }
  return `${code}${source.slice(at)}`.split("\n").filter((line) => line.trim() !== "").length;
}

/** Circles of imports, types included, tests left out. Each is the files that reach each other. @param {string} root @param {string[]} files */
export function circles(root, files) {
  const parsed = files.filter((file) => !file.endsWith(".test.ts"));
  const edges = new Map(parsed.map((file) => [file, relativeImports(root, file)]));
  const reach = new Map(parsed.map((file) => [file, reached(edges, file)]));
  const found = new Map();
  for (const file of parsed) {
    if (!reach.get(file)?.has(file)) continue;
    const together = parsed.filter((other) => reach.get(file)?.has(other) && reach.get(other)?.has(file));
    found.set(together.join(" "), together);
  }
  return /** @type {string[][]} */ ([...found.values()]);
}

/** @param {string} root @param {string} file */
function relativeImports(root, file) {
  const { imports } = parseModule(root, file);
  return imports
    .filter(({ specifier, computed }) => specifier.startsWith(".") && !computed)
    .map(({ specifier }) => posix.join(posix.dirname(file), specifier));
}

/** @param {Map<string, string[]>} edges @param {string} from */
function reached(edges, from) {
  /** @type {Set<string>} */
  const seen = new Set();
  const waiting = [...(edges.get(from) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(edges.get(next) ?? []));
  }
  return seen;
}

/** The folder below `folder` with the most files, tests left out. @param {string[]} files @param {string} folder */
export function fullest(files, folder) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const file of files) {
    if (!file.startsWith(`${folder}/`) || isTest(file)) continue;
    const parent = posix.dirname(file);
    counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0] ?? [folder, 0];
}
