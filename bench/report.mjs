/** Figures as a table for people, as JSON for programs, and as the marked block of docs/performance.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import { median } from "./pairs.mjs";

const docsFile = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const packageFile = fileURLToPath(new URL("../server/package.json", import.meta.url));
const BEGIN = "<!-- figures: written by `npm run bench -- --write` -->";
const END = "<!-- end of figures -->";

/** What the design asks for. */
const TARGETS = { accept_per_p: 1.2, terminal_per_p: 0.4, memory_mb: 250 };

const names = {
  accept: "POST /v1/payments",
  terminal: "to a terminal state",
  delivered: "the same, deliveries worked off",
};

/** One flat object; null where something was not measured. */
export function figuresOf(measured, { options, postgres }) {
  const of = (name, pick, digits) => rounded(median(measured[name]?.rows.map(pick) ?? []), digits);
  const all = Object.values(measured).flatMap(({ rows }) => rows);
  const memory = [measured.terminal, measured.delivered].map((each) => each?.peakMemoryMb ?? 0);
  return {
    accept_per_p: of("accept", (row) => row.ratio, 2),
    terminal_per_p: of("terminal", (row) => row.ratio, 2),
    delivered_per_p: of("delivered", (row) => row.ratio, 2),
    accept_per_s: of("accept", (row) => row.perSecond, 0),
    terminal_per_s: of("terminal", (row) => row.perSecond, 0),
    delivered_per_s: of("delivered", (row) => row.perSecond, 0),
    p_per_s: rounded(median(all.map((row) => row.p)), 0),
    accept_p50_ms: of("accept", (row) => row.p50Ms, 1),
    accept_p99_ms: of("accept", (row) => row.p99Ms, 1),
    terminal_p50_ms: of("terminal", (row) => row.p50Ms, 0),
    terminal_p99_ms: of("terminal", (row) => row.p99Ms, 0),
    accept_node_us: of("accept", (row) => row.nodeUs, 0),
    accept_postgres_us: of("accept", (row) => row.postgresUs, 0),
    terminal_node_us: of("terminal", (row) => row.nodeUs, 0),
    terminal_postgres_us: of("terminal", (row) => row.postgresUs, 0),
    memory_mb: rounded(Math.max(...memory) || null, 0),
    accept_memory_mb: rounded(measured.accept?.peakMemoryMb ?? null, 0),
    pairs: options.pairs,
    seconds: options.seconds,
    connections: options.connections,
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

/** Every pair, then the medians against what the design asks for. */
export function table(measured, figures) {
  const rows = Object.entries(measured).flatMap(([name, { rows: pairs }]) => [
    ...pairs.map((row, index) => line(`${name} ${index + 1}`, row)),
    line(`${name}, median`, medianRow(pairs)),
  ]);
  const head = ["", "per s", "P", "ratio", "p50 ms", "p99 ms", "Node us", "PG us"];
  const targets = Object.entries(TARGETS).map(([name, target]) => verdict(name, figures[name], target));
  return `${aligned([head, ...rows])}\n\n${targets.join("\n")}\n`;
}

/** Replaces the marked block of the page. Throws where it has none. */
export function writeDocs(measured, figures, file = docsFile) {
  const page = readFileSync(file, "utf8");
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${file} has no marked block`);
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\n${block(measured, figures)}\n${page.slice(end)}`);
}

function block(measured, figures) {
  const machine =
    `${figures.date}: Tillway ${figures.tillway}, Node ${figures.node}, PostgreSQL ${figures.postgres} (embedded), ${figures.os}, ` +
    `${figures.cores} cores (${figures.cpu}), ${figures.ram_gb} GB. ${figures.pairs} pairs of ${figures.seconds} s, ${figures.connections} connections.`;
  const head = "| | per s | P | ratio | each pair | p50 / p99 ms | Node / PG us |\n|---|---|---|---|---|---|---|";
  const rows = Object.entries(measured).map(([name, { rows: pairs }]) => {
    const [, perSecond, p, ratio, p50, p99, nodeUs, postgresUs] = line(name, medianRow(pairs));
    const each = pairs.map((row) => shown(row.ratio, 2)).join(" ");
    return `| ${names[name]} | ${perSecond} | ${p} | ${ratio} | ${each} | ${p50} / ${p99} | ${nodeUs} / ${postgresUs} |`;
  });
  const memory = `Memory of the process (peak): API alone ${shown(figures.accept_memory_mb, 0)} MB, all-in-one ${shown(figures.memory_mb, 0)} MB.`;
  return `${machine}\n\n${head}\n${rows.join("\n")}\n\n${memory}\n`;
}

function medianRow(pairs) {
  const keys = ["perSecond", "p", "ratio", "p50Ms", "p99Ms", "nodeUs", "postgresUs"];
  return Object.fromEntries(keys.map((key) => [key, median(pairs.map((row) => row[key]))]));
}

function line(name, { perSecond, p, ratio, p50Ms, p99Ms, nodeUs, postgresUs }) {
  return [
    name,
    shown(perSecond, 0),
    shown(p, 0),
    shown(ratio, 2),
    shown(p50Ms, 1),
    shown(p99Ms, 1),
    shown(nodeUs, 0),
    shown(postgresUs, 0),
  ];
}

function verdict(name, value, target) {
  if (value === null) return `${name}: not measured`;
  const reached = name === "memory_mb" ? value <= target : value >= target;
  return `${name}: ${value} (${name === "memory_mb" ? "at most" : "at least"} ${target}) ${reached ? "reached" : "NOT reached"}`;
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  "))
    .join("\n");
}

function shown(value, digits) {
  return value === null || value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);
}

function rounded(value, digits) {
  return value === null || Number.isNaN(value) ? null : Number(value.toFixed(digits));
}
