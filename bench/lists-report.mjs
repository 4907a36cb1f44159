/** What searches and lists took, against their budgets. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { fileURLToPath } from "node:url";

const docsFile = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const BEGIN = "<!-- lists: written by `npm run bench:lists -- --write` -->";
const END = "<!-- end of lists -->";

const percentile = (ms, share) => ms[Math.max(0, Math.ceil(ms.length * share) - 1)];

/** Of all searches together, and of all lists together; and each that is beyond its budget by itself. */
export function verdictsOf({ rows, payments }) {
  const groups = [
    ["any search", rows.filter(({ name }) => name.startsWith("search"))],
    ["any list", rows.filter(({ name }) => name.startsWith("/"))],
  ].filter(([, those]) => those.length > 0);
  const lines = groups.map(([what, those]) =>
    lineOf(
      what,
      those[0].mostMs,
      those.flatMap(({ ms }) => ms).toSorted((a, b) => a - b),
      payments,
    ),
  );
  const beyond = rows.map(({ name, mostMs, ms }) => lineOf(name, mostMs, ms, payments)).filter(({ isMet }) => !isMet);
  return [...lines, ...beyond];
}

function lineOf(what, mostMs, ms, payments) {
  const value = percentile(ms, 0.95);
  return {
    isMet: value <= mostMs,
    text: `${what}, p95 at ${payments.toLocaleString("en")} payments: ${value.toFixed(0)} ms (at most ${mostMs} ms)`,
  };
}

/** The figures as a table for people. */
export function listsTable(figures) {
  return rowsOf(figures)
    .map(([name, ...cells]) => name.padEnd(70) + cells.map((cell) => cell.padStart(10)).join(""))
    .join("\n");
}

function rowsOf({ rows }) {
  const body = rows.map(({ name, ms, found, mostMs }) => [
    name,
    String(found),
    percentile(ms, 0.5).toFixed(1),
    percentile(ms, 0.95).toFixed(1),
    String(mostMs),
  ]);
  return [["asked", "rows", "p50 ms", "p95 ms", "at most"], ...body];
}

/** Replaces the marked block of the page. Throws if it has none. */
export function writeLists(figures, verdicts, file = docsFile) {
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${file} has no marked block`);
  const lines = verdicts.map(({ isMet, text }) => `- ${isMet ? "" : "**missed**: "}${text}\n`).join("");
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\n${block(figures)}\n\n${lines}\n${page.slice(end)}`);
}

function block(figures) {
  const [head, ...rows] = rowsOf(figures);
  const cells = ([name, ...rest]) => `| ${[`\`${name}\``, ...rest].join(" | ")} |`;
  const table = [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows.map(cells)].join("\n");
  const machine = `${type()} ${release()}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), load ${loadavg()[0].toFixed(1)} at the end`;
  return `${new Date().toISOString().slice(0, 10)}: ${machine}. ${figures.payments.toLocaleString("en")} payments of one merchant, ${figures.queries} requests each, over HTTP.\n\n${table}`;
}
