/** Figures as a table for people, as JSON for programs, and as the marked block of docs/performance.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import { median, quotient, ratios } from "./compare.mjs";

const docsFile = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const packageFile = fileURLToPath(new URL("../server/package.json", import.meta.url));
const BEGIN = "<!-- figures: written by `npm run bench -- --write` -->";
const END = "<!-- end of figures -->";
const HEAD = ["", "", "per s", "per R", "Node us", "PG us", "p50 ms", "p99 ms", "peak MB"];
const names = { accept: "POST /v1/payments", terminal: "to a terminal state", delivered: "delivered" };

/** @param measured of each figure: rows per load, and the peak memory of each side. Null: not measured. */
export function figuresOf(measured, { options, labels, postgres }) {
  const { pairs, seconds, connections, rate } = options;
  return {
    results: Object.entries(measured).flatMap(([name, { peakMemoryMb, ...loads }]) =>
      Object.entries(loads).map(([load, rows]) => ({
        figure: name,
        load,
        r_per_s: rounded(median(rows.map(({ r }) => r)), 0),
        sides: labels.map((label, index) => ({ label, ...sideOf(rows, index), peak_mb: rounded(peakMemoryMb[index], 0) })),
        rate_ratios: rows.map(({ samples }) => rounded(ratios.rate(samples), 3)),
        cpu_ratios: rows.map(({ samples }) => rounded(ratios.cpu(samples), 3)),
      })),
    ),
    pairs,
    seconds,
    connections,
    rate,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    ram_gb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.versions.node,
    postgres,
    tillway: JSON.parse(readFileSync(packageFile, "utf8")).version,
    date: new Date().toISOString().slice(0, 10),
  };
}

function sideOf(rows, index) {
  const of = (pick, digits) => rounded(median(rows.map(({ samples, r }) => pick(samples[index], r))), digits);
  return {
    per_s: of(({ perSecond }) => perSecond, 0),
    per_r: of(({ perSecond }, r) => quotient(perSecond, r), 2),
    node_us: of(({ nodeUs }) => nodeUs, 0),
    postgres_us: of(({ postgresUs }) => postgresUs, 0),
    p50_ms: of(({ p50Ms }) => p50Ms, 1),
    p99_ms: of(({ p99Ms }) => p99Ms, 1),
  };
}

/** The medians of each side, in columns. */
export function table(figures) {
  return aligned([HEAD, ...linesOf(figures)]);
}

/** The first side against the second, and the lowest figure: rates at full load, CPU at the steady pace, at which rates are equal. */
export function comparison({ results, rate }) {
  const lines = [];
  const counted = [];
  for (const { figure, load, rate_ratios: rates, cpu_ratios: cpus } of results) {
    if (median(rates) === null) continue;
    const about = `${figure}, ${loadName(load, rate)}`;
    const [counts, what] = load === "full" ? [rates, "rate"] : [cpus, "CPU"];
    counted.push({ about: `${about}: ${what}`, ratio: median(counts) });
    const other = load === "full" ? `; CPU ${shown(median(cpus), 2)}` : "";
    lines.push(`${about}: ${what} ${shown(median(counts), 2)} (${counts.map((one) => shown(one, 2)).join(" ")})${other}`);
  }
  const lowest = counted.filter(({ ratio }) => ratio !== null).toSorted((a, b) => a.ratio - b.ratio)[0];
  if (lowest !== undefined) lines.push(`Lowest: ${shown(lowest.ratio, 2)} (${lowest.about}). Above 1 the first side is better.`);
  return lines.join("\n");
}

/** Replaces the marked block of the page. Throws if it has none. */
export function writeDocs(figures, file = docsFile) {
  const page = readFileSync(file, "utf8");
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${file} has no marked block`);
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\n${block(figures)}\n${page.slice(end)}`);
}

function block(figures) {
  const machine =
    `${figures.date}: Tillway ${figures.tillway}, Node ${figures.node}, PostgreSQL ${figures.postgres} (embedded), ${figures.os}, ` +
    `${figures.cores} cores (${figures.cpu}), ${figures.ram_gb} GB. Medians of ${figures.pairs} runs of ${figures.seconds} s, ${figures.connections} connections.`;
  const rows = [HEAD, HEAD.map(() => "---"), ...linesOf(figures)].map((cells) => `| ${cells.join(" | ")} |`);
  const compared = comparison(figures);
  return `${machine}\n\n${rows.join("\n")}\n${compared === "" ? "" : `\n\`\`\`\n${compared}\n\`\`\`\n`}`;
}

function linesOf({ results, rate }) {
  return results.flatMap(({ figure, load, sides }) =>
    sides.map((side) => [
      `${names[figure]}, ${loadName(load, rate)}`,
      side.label,
      shown(side.per_s, 0),
      shown(side.per_r, 2),
      shown(side.node_us, 0),
      shown(side.postgres_us, 0),
      shown(side.p50_ms, 1),
      shown(side.p99_ms, 1),
      shown(side.peak_mb, 0),
    ]),
  );
}

function loadName(load, rate) {
  return load === "full" ? "full load" : `${rate}/s`;
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join("  ")).join("\n");
}

function shown(value, digits) {
  return value === null || value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);
}

function rounded(value, digits) {
  return value === null || value === undefined || Number.isNaN(value) ? null : Number(value.toFixed(digits));
}
