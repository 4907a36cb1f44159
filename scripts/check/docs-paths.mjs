import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { listFiles, read } from "./lib.mjs";

/** @typedef {import("./lib.mjs").Problem} Problem */

/** Where a short path in a document may start: at the top, beside the document, or in the program's source. */
const bases = ["", "server/", "server/src/", "docs/"];
/** Made while it runs, so not in git. */
const made = /^(\.tillway|node_modules|coverage)\/|(^|\/)dist\//;
const extension = /\.(ts|mjs|js|json|md|sql|sh|ya?ml)$/;

/** @type {import("./lib.mjs").Check} */
export const docsPathsCheck = {
  name: "docs",
  about: "each path, link and command that a document names exists",
  run: async (root) => {
    const files = listFiles(root);
    const documents = files.filter((file) => file.endsWith(".md"));
    if (documents.length === 0) throw new Error("found no document");
    const world = { root, files, folders: foldersOf(files), scripts: scriptsOf(root), commands: commandsOf(root, files) };
    return { problems: documents.flatMap((file) => documentProblems(world, file)), note: `${documents.length} documents` };
  },
};

/** @typedef {{ root: string, files: string[], folders: Set<string>, scripts: Set<string>, commands: string }} World */

/** @param {World} world @param {string} file @returns {Problem[]} */
function documentProblems(world, file) {
  // A decision was true on its day; its paths may be gone.
  const history = /^docs\/decisions\/\d/.test(file) || file === "CHANGELOG.md";
  /** @type {Problem[]} */
  const problems = [];
  let fenced = false;
  for (const [at, text] of read(world.root, file).split("\n").entries()) {
    if (/^\s*```/.test(text)) {
      fenced = !fenced;
      continue;
    }
    const spans = fenced ? [text] : [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    const found = [
      ...(fenced ? [] : linkProblems(world, file, text)),
      ...(history ? [] : spans.flatMap((span) => [...pathProblems(world, file, span), ...commandProblems(world, span)])),
    ];
    problems.push(...found.map((one) => ({ file, line: at + 1, ...one })));
  }
  return problems;
}

/** @param {World} world @param {string} file @param {string} text */
function linkProblems(world, file, text) {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
    // Addresses of the site are for the check of the site.
    if (/^([a-z]+:|\/docs(\/|$)|\/llms)/i.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    const place = path === "" ? file : posix.normalize(posix.join(posix.dirname(file), path));
    if (!exists(world, place)) return [{ message: `links to ${target}, which does not exist`, cure: "Mend the link." }];
    if (anchor === undefined || !place.endsWith(".md") || anchorsOf(world.root, place).includes(anchor)) return [];
    return [{ message: `links to ${target}, but ${place} has no such heading`, cure: "Mend the part after #." }];
  });
}

/** @param {World} world @param {string} file @param {string} span */
function pathProblems(world, file, span) {
  const words = span.split(/[\s"'(),;=|]+/).map((word) => word.replace(/[.:]$/, "").replace(/:\d+$/, "").replace(/^\.\//, ""));
  return words
    .filter((word) => looksLikePath(world, word) && !found(world, file, word))
    .map((word) => ({ message: `names ${word}, which does not exist`, cure: "Mend the path, or take it out." }));
}

/** @param {World} world @param {string} word */
function looksLikePath(world, word) {
  if (!/^[\w.@-]+(\/[\w.@-]+)*\/?$/.test(word) || made.test(word)) return false;
  const [first = ""] = word.split("/");
  const isKnownFolder = word.includes("/") && bases.some((base) => world.folders.has(base + first));
  return isKnownFolder || extension.test(word);
}

/** @param {World} world @param {string} file @param {string} word */
function found(world, file, word) {
  if ([...bases, `${posix.dirname(file)}/`].some((base) => exists(world, posix.normalize(base + word)))) return true;
  return !word.includes("/") && world.files.some((one) => posix.basename(one) === word);
}

/** @param {World} world @param {string} span */
function commandProblems(world, span) {
  const missing = [];
  for (const [, name = ""] of span.matchAll(/\bnpm run ([\w:.-]+)/g)) {
    if (!world.scripts.has(name))
      missing.push({ message: `names npm run ${name}, which does not exist`, cure: "Name a script of package.json." });
  }
  for (const [, name = ""] of span.matchAll(/(?:^|[\s$(])tillway ([a-z][a-z-]*)/g)) {
    const isKnown = new RegExp(`(^|[\\s"'\`{,])${name}(["'\`]|:|\\s*[,}]|\\.ts|/)`, "m").test(world.commands);
    if (!isKnown) missing.push({ message: `names tillway ${name}, which does not exist`, cure: "Name a command of server/src/cli." });
  }
  return missing;
}

/** The names of the files of server/src/cli, and their text: a command is a file or a word in the table of commands. @param {string} root @param {string[]} files */
function commandsOf(root, files) {
  const sources = files.filter(
    (file) => (file.startsWith("server/src/cli/") || file === "server/src/main.ts") && file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  return sources.map((file) => `${file.slice("server/src/cli/".length)}\n${read(root, file)}`).join("\n");
}

/** @param {string} root */
function scriptsOf(root) {
  return new Set(existsSync(join(root, "package.json")) ? Object.keys(JSON.parse(read(root, "package.json")).scripts ?? {}) : []);
}

/** @param {string[]} files */
function foldersOf(files) {
  const folders = new Set();
  for (const file of files) for (let at = file.indexOf("/"); at !== -1; at = file.indexOf("/", at + 1)) folders.add(file.slice(0, at));
  return folders;
}

/** @param {World} world @param {string} path */
function exists(world, path) {
  const plain = path.replace(/\/$/, "");
  return plain === "." || world.folders.has(plain) || world.files.includes(plain);
}

/** As GitHub makes them. @param {string} root @param {string} file */
function anchorsOf(root, file) {
  return [...read(root, file).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}
