import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lineAt, listFiles, read } from "../check/lib.mjs";
import { blocks, folders, wholeFiles } from "./generators.mjs";

/** @typedef {import("../check/lib.mjs").Problem} Problem */
/** @typedef {Readonly<Record<string, (root: string) => Promise<string>>>} Generators */
/** @typedef {Readonly<Record<string, (root: string) => Promise<Record<string, string>>>>} Folders */

/**
 * Compares the generated parts of the documents with the code, or writes them.
 * @param {string} root
 * @param {{ write: boolean, generators?: { blocks: Generators, wholeFiles: Generators, folders?: Folders } }} options
 * @returns {Promise<{ problems: Problem[], written: string[] }>}
 */
export async function generateDocs(root, { write, generators = { blocks, wholeFiles, folders } }) {
  /** @type {Problem[]} */
  const problems = [];
  /** @type {string[]} */
  const written = [];
  const used = new Set();
  const keep = (/** @type {string} */ file, /** @type {string} */ text) => {
    if (!write || (existsSync(join(root, file)) && read(root, file) === text)) return;
    writeFileSync(join(root, file), text);
    written.push(file);
  };

  for (const file of listFiles(root).filter((name) => name.endsWith(".md"))) {
    const done = await renewBlocks(root, file, generators.blocks);
    for (const name of done.names) used.add(name);
    problems.push(...done.problems.filter((one) => !write || !one.stale).map(({ stale: _stale, ...one }) => one));
    keep(file, done.text);
  }
  for (const name of Object.keys(generators.blocks)) {
    if (!used.has(name))
      problems.push({
        file: "docs/",
        line: 0,
        message: `the generated block ${name} stands in no document`,
        cure: `Add <!-- generated:${name} --> and <!-- /generated -->.`,
      });
  }
  for (const [file, make] of Object.entries(generators.wholeFiles)) {
    try {
      const text = await make(root);
      keep(file, text);
      if (!existsSync(join(root, file)) || read(root, file) !== text)
        problems.push({ file, line: 0, message: "is not what the code says", cure: "npm run docs" });
    } catch (error) {
      problems.push({ file, line: 0, message: `cannot be generated: ${messageOf(error)}`, cure: "See scripts/docs/generators.mjs." });
    }
  }
  for (const [folder, make] of Object.entries(generators.folders ?? {}))
    problems.push(...(await renewFolder({ root, folder, make, keep, write })));
  return { problems, written };
}

/**
 * @param {{ root: string, folder: string, make: Folders[string], keep: (file: string, text: string) => void, write: boolean }} given
 * @returns {Promise<Problem[]>}
 */
async function renewFolder({ root, folder, make, keep, write }) {
  const problem = (/** @type {string} */ file, /** @type {string} */ message, /** @type {string} */ cure) => ({
    file,
    line: 0,
    message,
    cure,
  });
  try {
    const files = await make(root);
    if (write) mkdirSync(join(root, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) keep(`${folder}/${name}`, text);
    const entries = existsSync(join(root, folder)) ? readdirSync(join(root, folder), { withFileTypes: true }) : [];
    const there = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const wrong = Object.keys(files).filter((name) => !there.includes(name) || read(root, `${folder}/${name}`) !== files[name]);
    return [
      ...wrong.map((name) => problem(`${folder}/${name}`, "is not what the code says", "npm run docs")),
      ...there.filter((name) => !(name in files)).map((name) => problem(`${folder}/${name}`, "is made by nobody", "Remove it.")),
    ];
  } catch (error) {
    return [problem(`${folder}/`, `cannot be generated: ${messageOf(error)}`, "See scripts/docs/generators.mjs.")];
  }
}

/**
 * @param {string} root
 * @param {string} file
 * @param {Generators} makers
 */
async function renewBlocks(root, file, makers) {
  const before = read(root, file);
  /** @type {(Problem & { stale: boolean })[]} */
  const problems = [];
  const names = [];
  let text = "";
  let from = 0;
  for (const match of before.matchAll(/^<!-- generated:([\w-]+) -->\n([^]*?)^<!-- \/generated -->$/gm)) {
    const [whole, name = "", body = ""] = match;
    const line = lineAt(before, match.index);
    names.push(name);
    let fresh = body;
    try {
      const make = makers[name];
      if (make === undefined) throw new Error("nobody makes a block of this name");
      fresh = `${await make(root)}\n`;
      if (fresh !== body)
        problems.push({ file, line, message: `the block ${name} is not what the code says`, cure: "npm run docs", stale: true });
    } catch (error) {
      problems.push({
        file,
        line,
        message: `the block ${name} cannot be generated: ${messageOf(error)}`,
        cure: "See scripts/docs/generators.mjs.",
        stale: false,
      });
    }
    text += `${before.slice(from, match.index)}<!-- generated:${name} -->\n${fresh}<!-- /generated -->`;
    from = match.index + whole.length;
  }
  return { text: text + before.slice(from), names, problems };
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
