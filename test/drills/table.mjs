// The table of the outages in docs/reliability.md: one row for each, replaced when its drill is run again.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const file = resolve(root, "docs/reliability.md");
const BEGIN = "<!-- outages: written by `npm run drill:outages -- --write` -->";
const END = "<!-- end of outages -->";
/** The API took no more than this times as long while Redis was away, or too little for a measurement to mean anything. */
const SPARING = { factor: 2, freeMs: 25 };

const HEAD = ["drill", "what was broken", "engine", "for s", "acknowledged", "lost", "doubled", "tries refused", "healed s after"].concat([
  "accept p99 ms, before / during",
  "confirm p99 ms, before / during",
  "load",
  "measured",
]);

export function rowOf(name, kind, found) {
  const pair = ({ before, during }) => `${ms(before)} / ${ms(during)}`;
  const cells = [`\`${name}\``, kind.what, kind.engine ?? "PostgreSQL", (found.downMs / 1_000).toFixed(1), found.acknowledged];
  cells.push(found.lost, found.doubled, found.refused, found.healedMs === null ? "**never**" : (found.healedMs / 1_000).toFixed(1));
  cells.push(pair(found.accept), pair(found.confirm), found.load.toFixed(1), `${new Date().toISOString().slice(0, 10)} ${commit()}`);
  return `| ${cells.join(" | ")} |`;
}

/** What is not as promised, in words. */
export function faultsOf(kind, { faults, healedMs, accept, downMs }) {
  const isSlow = kind.isSparing && accept.during > Math.max(SPARING.factor * accept.before, SPARING.freeMs);
  return [
    ...faults,
    ...(healedMs === null ? ["the backlog did not go back to normal"] : []),
    ...(downMs > kind.secondsMax * 1_000 ? [`it took ${(downMs / 1_000).toFixed(1)} s, and may take ${kind.secondsMax}`] : []),
    ...(isSlow ? [`the API took ${ms(accept.during)} ms at the 99th percentile, and ${ms(accept.before)} ms before`] : []),
  ];
}

/** Puts these rows into the page; rows of other drills stay, in the order of `names`. */
export function write(rows, names) {
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("docs/reliability.md has no block of the outages");
  const known = page.slice(begin, end).matchAll(/^\| `([\w-]+)` \|.*$/gm);
  const all = new Map([...[...known].map(([row, name]) => [name, row]), ...rows]);
  const lines = names.map((name) => all.get(name)).filter(Boolean);
  const table = [`| ${HEAD.join(" | ")} |`, `|${HEAD.map(() => "---").join("|")}|`, ...lines].join("\n");
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\nOn ${machine()}.\n\n${table}\n\n${page.slice(end)}`);
}

/** Puts these lines into the page, where the block of this name is. @param {string} name @param {readonly string[]} lines */
export function writeBlock(name, lines) {
  const page = readFileSync(file, "utf8");
  const begin = `<!-- ${name}: written by \`npm run proof:full ${name}\` -->`;
  const [from, to] = [page.indexOf(begin), page.indexOf(`<!-- end of ${name} -->`)];
  if (from === -1 || to < from) throw new Error(`docs/reliability.md has no block ${begin}`);
  const measured = `${new Date().toISOString().slice(0, 10)}, at ${commit()}, ${machine()}.`;
  writeFileSync(file, `${page.slice(0, from)}${begin}\n\n${measured}\n\n${lines.join("\n")}\n\n${page.slice(to)}`);
}

function machine() {
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}`;
}

function commit() {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
}

function ms(value) {
  return value === null ? "-" : value.toFixed(0);
}
