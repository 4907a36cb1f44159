import { runTool } from "./lib.mjs";

/** @typedef {import("./lib.mjs").Check} Check */
/** @typedef {import("./lib.mjs").Problem} Problem */

/** The build first (its output is what the documents are generated from), then everything that is not built: tests and scripts. @type {Check} */
export const typesCheck = {
  name: "types",
  about: "tsc: the program, then tests and scripts",
  run: async (root) => {
    const tsc = "typescript/bin/tsc";
    const build = await runTool(root, tsc, ["-b", "--pretty", "false"]);
    const rest = await runTool(root, tsc, ["-p", "tsconfig.test.json", "--pretty", "false"]);
    const problems = [...typeProblems(build), ...typeProblems(rest)];
    return { problems: problems.filter((one, at) => problems.findIndex((other) => sameProblem(one, other)) === at) };
  },
};

/** @type {Check} */
export const lintCheck = {
  name: "lint",
  about: "oxlint: what core, flows and worker must not touch, sizes, promises, any",
  run: async (root) => {
    const args = ["--format", "json", "--report-unused-disable-directives-severity", "error"];
    const { output, errors } = await runTool(root, "oxlint/bin/oxlint", args);
    const report = parseReport("oxlint", output, errors);
    if (!(report.number_of_files > 0)) throw new Error("oxlint looked at no file: see .oxlintrc.json");
    const problems = report.diagnostics.map((/** @type {any} */ one) => ({
      file: one.filename,
      line: one.labels?.[0]?.span?.line ?? 0,
      message: `${one.code ?? "oxlint"}: ${one.message}`,
      cure: one.help ?? "See the rule's page, or change it for everybody in .oxlintrc.json.",
    }));
    return { problems, note: `${report.number_of_files} files` };
  },
};

/** @type {Check} */
export const formatCheck = {
  name: "format",
  about: "oxfmt",
  run: async (root) => {
    const { code, output, errors } = await runTool(root, "oxfmt/bin/oxfmt", ["--list-different"]);
    const files = output.split("\n").filter((line) => line.trim() !== "");
    if (code !== 0 && files.length === 0) throw new Error(`oxfmt failed: ${errors.trim()}`);
    return { problems: files.map((file) => ({ file, line: 0, message: "is not formatted", cure: "npm run format" })) };
  },
};

/** Knip's kinds of issue: the meaning, and the cure. @type {Record<string, [what: string, cure: string]>} */
const unusedKinds = {
  files: ["is imported by nobody", "Delete it, or name it as an entry in knip.json."],
  dependencies: ["names a dependency that nobody uses", "Remove it from package.json."],
  devDependencies: ["names a dependency that nobody uses", "Remove it from package.json."],
  optionalPeerDependencies: ["uses an optional peer dependency", "Name it in package.json."],
  unlisted: ["uses a dependency that package.json does not name", "Add it, with an exact version."],
  binaries: ["uses a program that no dependency brings", "Add the dependency, or name it in knip.json."],
  unresolved: ["imports what cannot be found", "Mend the path."],
  exports: ["exports what nobody imports", "Remove `export`, or the code."],
  nsExports: ["exports what nobody imports", "Remove `export`, or the code."],
  types: ["exports a type that nobody imports", "Remove `export`, or the type."],
  nsTypes: ["exports a type that nobody imports", "Remove `export`, or the type."],
  enumMembers: ["has a member that nobody uses", "Remove it."],
  duplicates: ["exports the same thing twice", "Keep one name."],
  catalog: ["has a catalog entry that nobody uses", "Remove it."],
};

/**
 * Builds first, since the scripts import the build: without it, exports that only they use would seem unused. A build that fails is for
 * `types` to report. Then two runs: one over everything, and one over the program and the scripts alone, which finds exports that only
 * tests use. If both find the same, the first reports it.
 * @type {Check}
 */
export const unusedCheck = {
  name: "unused",
  about: "knip: files, exports and dependencies that nobody uses, or only tests",
  run: async (root) => {
    await runTool(root, "typescript/bin/tsc", ["-b"]);
    const all = await knip(root, []);
    const shipped = await knip(root, ["--production", "--exclude", "dependencies"]);
    const found = new Set(all.map(({ row, kind, issue }) => idOf(row, kind, issue)));
    const untested = shipped.filter(({ row, kind, issue }) => !found.has(idOf(row, kind, issue)));
    return { problems: [...all.map((one) => knipProblem(one, "")), ...untested.map((one) => knipProblem(one, onlyTests))] };
  },
};

const onlyTests = "Only tests use it. Remove it with its tests, or move it into a `.testing.ts`.";

/** @typedef {{ row: any, kind: string, issue: any }} KnipIssue */

/** @param {string} root @param {string[]} more @returns {Promise<KnipIssue[]>} */
async function knip(root, more) {
  const { output, errors } = await runTool(root, "knip/bin/knip.js", ["--reporter", "json", "--no-progress", ...more]);
  return parseReport("knip", output, errors).issues.flatMap((/** @type {any} */ row) =>
    Object.keys(unusedKinds).flatMap((kind) =>
      (Array.isArray(row[kind]) ? row[kind].flat() : []).map((/** @type {any} */ issue) => ({ row, kind, issue })),
    ),
  );
}

/** @param {any} row @param {string} kind @param {any} issue */
function idOf(row, kind, issue) {
  return `${row.file} ${kind} ${issue.name}`;
}

/** @param {KnipIssue} one @param {string} cureInstead @returns {Problem} */
function knipProblem({ row, kind, issue }, cureInstead) {
  const [what, cure] = unusedKinds[kind] ?? ["is found by knip", "See knip."];
  const name = kind === "files" ? "" : `: ${issue.name}`;
  return { file: row.file, line: issue.line ?? 0, message: `${what}${cureInstead && ", tests apart"}${name}`, cure: cureInstead || cure };
}

/** @param {{ code: number, output: string, errors: string }} run @returns {Problem[]} */
function typeProblems({ code, output, errors }) {
  const problems = [];
  for (const line of output.split("\n")) {
    const found = /^(?<file>[^()\n]+)\((?<line>\d+),\d+\): error (?<message>.*)$/.exec(line)?.groups;
    if (found) problems.push({ file: found.file ?? "", line: Number(found.line), message: found.message ?? "", cure: "Mend the type." });
    else if (line.startsWith("error TS")) problems.push({ file: "tsconfig", line: 0, message: line, cure: "Mend the configuration." });
  }
  if (code !== 0 && problems.length === 0) throw new Error(`tsc failed: ${(output + errors).trim()}`);
  return problems;
}

/** @param {Problem} one @param {Problem} other */
function sameProblem(one, other) {
  return one.file === other.file && one.line === other.line && one.message === other.message;
}

/** @param {string} tool @param {string} output @param {string} errors */
function parseReport(tool, output, errors) {
  try {
    return JSON.parse(output);
  } catch {
    throw new Error(`${tool} failed: ${(errors + output).trim().slice(0, 2_000)}`);
  }
}
