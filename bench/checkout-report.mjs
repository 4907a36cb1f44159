/** What the visits of the checkout showed, against its budgets. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { fileURLToPath } from "node:url";
import { median } from "./compare.mjs";
import { SLOW } from "./slow-visit.mjs";

const docsFile = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const BEGIN = "<!-- checkout: written by `npm run bench:checkout -- --write` -->";
const END = "<!-- end of checkout -->";

/** What a page may take: the member of a visit, its name, the most, and how it is shown. */
const budgets = [
  { of: "usableMs", name: "form usable", most: 1_500, unit: " ms", digits: 0 },
  { of: "blockedMs", name: "total blocking time", most: 150, unit: " ms", digits: 0 },
  { of: "shift", name: "layout shift", most: 0.02, unit: "", digits: 3 },
  { of: "requests", name: "requests to a usable form", most: 5, unit: "", digits: 0 },
  { of: "criticalBytes", name: "JS and CSS on the way, gzip", most: 40 * 1024, unit: " bytes", digits: 0 },
  { of: "foreign", name: "requests to other origins", most: 0, unit: "", digits: 0 },
  { of: "fonts", name: "web fonts", most: 0, unit: "", digits: 0 },
];
const LOADER_BYTES_MAX = 5 * 1024;

/** @returns one line for each budget and page, with whether it was kept */
export function verdictsOf({ pages, loader }) {
  const lines = pages.flatMap(({ locale, visits }) =>
    budgets.map(({ of, name, most, unit, digits }) => {
      const value = median(visits.map((one) => one[of]));
      return { isMet: value <= most, text: `${name}, ${locale}: ${value.toFixed(digits)}${unit} (at most ${most}${unit})` };
    }),
  );
  return [
    ...lines,
    { isMet: loader <= LOADER_BYTES_MAX, text: `loader in a shop's page, gzip: ${loader} bytes (at most ${LOADER_BYTES_MAX} bytes)` },
  ];
}

/** The figures as a table for people. */
export function checkoutTable(figures) {
  return rowsOf(figures)
    .map((cells) => cells.map((cell, at) => (at === 0 ? cell.padEnd(30) : cell.padStart(22))).join(""))
    .join("\n");
}

/** Replaces the marked block of the page. Throws if it has none. */
export function writeCheckout(figures, verdicts, file = docsFile) {
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${file} has no marked block`);
  const missed = verdicts.filter(({ isMet }) => !isMet).map(({ text }) => `- **missed**: ${text}\n`);
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\n${block(figures)}\n\n${missed.join("")}${page.slice(end)}`);
}

function block(figures) {
  const [head, ...rows] = rowsOf(figures);
  const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const load = loadavg()[0].toFixed(1);
  const machine = `${new Date().toISOString().slice(0, 10)}: ${figures.browser}, ${type()} ${release()}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), load ${load} at the end.`;
  const slow = `${SLOW.downloadBits / 1e6} Mbit/s, ${SLOW.roundTripMs} ms round trip, processor slowed ${SLOW.cpu} times, empty cache`;
  return `${machine} Medians of ${figures.runs} visits (least to most) at ${slow}.\n\n${table}`;
}

function rowsOf({ pages, loader }) {
  const rows = budgets.map(({ of, name, most, unit, digits }) => {
    const cells = pages.map(({ visits }) => {
      const values = visits.map((one) => one[of]).toSorted((a, b) => a - b);
      const [least, middle, largest] = [values[0], median(values), values.at(-1)].map((value) => value.toFixed(digits));
      return least === largest ? middle : `${middle} (${least} to ${largest})`;
    });
    return [name, `${most}${unit}`, ...cells];
  });
  return [
    ["", "budget", ...pages.map(({ locale }) => locale)],
    ...rows,
    ["loader, gzip", `${LOADER_BYTES_MAX} bytes`, String(loader), "-"],
  ];
}
