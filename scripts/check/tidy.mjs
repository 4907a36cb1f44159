import { statSync } from "node:fs";
import { join } from "node:path";
import { listFiles, read } from "./lib.mjs";

/** @typedef {import("./lib.mjs").Problem} Problem */

/** Larger than any source file; recordings and pictures belong elsewhere. */
const maxFileBytes = 300 * 1024;

const lockfile = "package-lock.json";
/** Made by tools and read by tools: the document grows by 10 KB with each operation. */
const large = [lockfile, "docs/openapi.json", "test/contracts/stripe-openapi-subset.json"];
const code = /\.(ts|mjs|js|cjs)$/;
const textFile = /\.(ts|mjs|js|cjs|json|jsonc|md|sql|ya?ml|sh|toml|html|css)$|(^|\/)(run|\.[a-z]+)$/;

/**
 * Lines that may stand nowhere. Patterns are put together from halves where they would otherwise find themselves.
 * @type {readonly { files: RegExp, pattern: RegExp, message: string, cure: string }[]}
 */
const lineRules = [
  {
    files: textFile,
    pattern: new RegExp(`\\b(${"TO" + "DO"}|${"FIX" + "ME"})\\b`),
    message: "leaves a note for later",
    cure: "Do it, or write down in docs/ why it is left.",
  },
  {
    files: code,
    pattern: new RegExp(`Error\\("(being${" "}built|not${" "}implemented)`, "i"),
    message: "is a stub",
    cure: "Build it or take it out.",
  },
  {
    files: /\.test\.(ts|mjs)$/,
    pattern: /\b(it|test|describe)(\.\w+)*\.only\b/,
    message: "runs one test and silences the others",
    cure: "Take .only out.",
  },
  {
    files: textFile,
    pattern: /(^|[\s"'`=(:,])(\/(home|Users|root|work|tmp)\/[\w.-]|[A-Z]:\\\\?Users\b)/,
    message: "names a path of one machine",
    cure: "Use a relative path, os.tmpdir(), or a setting.",
  },
  {
    files: textFile,
    pattern: new RegExp(`registry\\.(npmjs|yarnpkg)\\.|\\bnpm\\.pkg\\.github|${"artifact"}ory|${"verd"}accio|\\.npmmirror\\.`, "i"),
    message: "names a package registry",
    cure: "Leave it to the user's npm configuration.",
  },
  {
    files: /^package-lock\.json$/,
    pattern: /"resolved": "(https?|git\+|file):/,
    message: "pins where a package was fetched",
    cure: "npm install --omit-lockfile-registry-resolved",
  },
];

/** @type {import("./lib.mjs").Check} */
export const tidyCheck = {
  name: "tidy",
  about: "leftovers, machine paths, registries, large files, exact versions",
  run: async (root) => {
    const files = listFiles(root);
    if (files.length === 0) throw new Error("git lists no file here");
    return {
      problems: files.flatMap((file) => [...sizeProblems(root, file), ...lineProblems(root, file), ...versionProblems(root, file)]),
    };
  },
};

/** @param {string} root @param {string} file @returns {Problem[]} */
function sizeProblems(root, file) {
  const { size } = statSync(join(root, file));
  if (/(^|\/)\.npmrc$/.test(file)) return [{ file, line: 0, message: "sets npm's configuration for everybody", cure: "Remove it." }];
  if (size <= maxFileBytes || large.includes(file)) return [];
  return [
    {
      file,
      line: 0,
      message: `has ${Math.round(size / 1024)} KB`,
      cure: `Files have at most ${maxFileBytes / 1024} KB: make it smaller, or generate it.`,
    },
  ];
}

/** @param {string} root @param {string} file @returns {Problem[]} */
function lineProblems(root, file) {
  const rules = lineRules.filter((rule) => rule.files.test(file));
  if (rules.length === 0) return [];
  return read(root, file)
    .split("\n")
    .flatMap((text, at) =>
      rules.filter((rule) => rule.pattern.test(text)).map((rule) => ({ file, line: at + 1, message: rule.message, cure: rule.cure })),
    );
}

/** The same version for everybody, today and in a year. @param {string} root @param {string} file @returns {Problem[]} */
function versionProblems(root, file) {
  if (!/(^|\/)package\.json$/.test(file)) return [];
  const text = read(root, file);
  const manifest = JSON.parse(text);
  const groups = ["dependencies", "devDependencies", "optionalDependencies", "overrides"];
  return groups
    .flatMap((group) => Object.entries(manifest[group] ?? {}))
    .filter(([, version]) => typeof version !== "string" || !/^(npm:[@\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => ({
      file,
      line: text.split("\n").findIndex((line) => line.includes(`"${name}":`)) + 1,
      message: `takes ${name} in the version ${JSON.stringify(version)}`,
      cure: "Write one exact version.",
    }));
}
