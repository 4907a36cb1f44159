// The figures of the edge in docs/reliability.md, written by the drill.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const file = resolve(root, "docs/reliability.md");
const BEGIN = "<!-- edge: written by `npm run drill:edge -- --write` -->";
const END = "<!-- end of edge -->";

export function putTable({ sent, failed, payments, repeated, eventMs, p50, p99, load }) {
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("docs/reliability.md has no block of the edge");
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const rows = [
    ["requests, each sent once by its client", sent],
    ["of these without a 201", failed],
    ["sent again by nginx, to the other API", repeated],
    ["payments, each charged once in the gateway's books", payments],
    ["answered within, ms (p50 / p99)", `${p50.toFixed(0)} / ${p99.toFixed(0)}`],
    ["slowest event of a stream through nginx, ms", eventMs],
    ["measured", `${new Date().toISOString().slice(0, 10)} ${commit}, ${cpus().length} cores, load ${load.toFixed(1)}`],
  ];
  const table = rows.map(([what, figure]) => `| ${what} | ${figure} |`).join("\n");
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\n| | |\n|---|---|\n${table}\n\n${page.slice(end)}`);
}
