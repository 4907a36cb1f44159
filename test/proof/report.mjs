/** The report of the long proof: the last result of each part, kept as data and written as a page. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const folder = join(import.meta.dirname, "reports");
const data = join(folder, "results.json");

/**
 * @typedef {"holds" | "skipped" | "FAILS"} Verdict
 * @typedef {{ what: string, command: string, verdict: Verdict, minutes: string, lines: string[] }} Held
 * @typedef {Held & { day: string, commit: string, machine: string }} Entry
 */

/**
 * Puts the result of a part in the place of its last one.
 * @param {readonly string[]} order of all parts; what is no part any more goes @param {string} name @param {Held} result
 */
export function report(order, name, result) {
  /** @type {Record<string, Entry>} */
  const known = existsSync(data) ? JSON.parse(readFileSync(data, "utf8")) : {};
  known[name] = { ...result, day: new Date().toISOString().slice(0, 10), commit: commitNow(), machine: machineNow() };
  const entries = Object.fromEntries(order.flatMap((each) => (known[each] === undefined ? [] : [[each, known[each]]])));
  writeFileSync(data, `${JSON.stringify(entries, null, 2)}\n`);
  writeFileSync(join(folder, "README.md"), page(order, entries));
}

/** @param {readonly string[]} order @param {Record<string, Entry>} entries */
function page(order, entries) {
  const rows = order.map((name) => {
    const one = entries[name];
    if (one === undefined) return `| ${name} | | | | was not run yet |`;
    return `| [${name}](#${name}) | ${one.what} | ${one.day}, ${one.commit} | ${one.minutes} | ${one.verdict === "holds" ? "holds" : `**${one.verdict}**`} |`;
  });
  const said = Object.entries(entries).map(
    ([name, { command, machine, lines }]) => `## ${name}\n\n\`${command}\`, on ${machine}.\n\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`,
  );
  return `# The long proof

Written by \`npm run proof:full\`: what is too long for CI. \`npm run proof:full -- NAME\` runs one part, and each part stands here as it was run last.

| Part | What | When | Minutes | |
|---|---|---|---|---|
${rows.join("\n")}

${said.join("\n")}`;
}

function commitNow() {
  const git = (/** @type {string[]} */ ...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  // Its own figures are no other code.
  const changed = git("status", "--porcelain", "--", ".", ":!test/proof/reports", ":!docs");
  return `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : " and changes that are not committed"}`;
}

function machineNow() {
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}`;
}
