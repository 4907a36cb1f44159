/** The tables of docs/scaling.md. All arithmetic is here: two measured points of CPU, one measured footprint, and a share of a core that is used. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";

const page = new URL("../docs/scaling.md", import.meta.url);
const block = (name) => ({ begin: `<!-- ${name}: written by \`npm run bench:scaling -- --write\` -->`, end: `<!-- end of ${name} -->` });

const RATES = [100, 1_000, 10_000, 100_000];
/** What is planned with: beyond it waiting grows faster than work. */
const USED_SHARE = 0.6;
/** Up to here one PostgreSQL is believed to go on as it was measured; it was measured on 2 cores. */
const PRIMARY_CORES_MAX = 16;
/** Of one process: its three pools, and one that listens. */
const CONNECTIONS = 18;
const DAY_S = 86_400;

/** The two measured points: a steady 50/s, and as many as two cores do. */
export function measured(performance) {
  const cellsOf = (name) => {
    const row = new RegExp(`^\\| ${name} \\| this build \\| (.*) \\|$`, "m").exec(performance)?.[1];
    if (row === undefined) throw new Error(`docs/performance.md has no row "${name}" of this build`);
    const [perSecond, , nodeUs, postgresUs] = row.split("|").map(Number);
    return { perSecond, nodeUs, postgresUs };
  };
  return { slow: { ...cellsOf("delivered, 50/s"), perSecond: 50 }, full: cellsOf("delivered, full load") };
}

/** Cores that are busy at this rate: between the points a line, beyond them the cost a payment has at full load. */
export function busyCores(rate, kind, { slow, full }) {
  const at = (point) => (point.perSecond * point[kind]) / 1e6;
  if (rate >= full.perSecond) return (rate * full[kind]) / 1e6;
  return at(slow) + ((rate - slow.perSecond) / (full.perSecond - slow.perSecond)) * (at(full) - at(slow));
}

/** One rate, reckoned. */
export function stepOf(rate, points, footprint) {
  const node = busyCores(rate, "nodeUs", points);
  const postgres = busyCores(rate, "postgresUs", points);
  const processes = Math.max(2, Math.ceil(node / USED_SHARE));
  const primaryCores = postgres / USED_SHARE;
  return {
    rate,
    node,
    postgres,
    processes,
    primaryCores,
    shards: Math.ceil(primaryCores / PRIMARY_CORES_MAX),
    connections: processes * CONNECTIONS,
    walMbPerSecond: (rate * footprint.walBytes) / 1e6,
    diskGbPerDay: (rate * footprint.diskBytes * DAY_S) / 1e9,
  };
}

export function stepRows(performance, scaling) {
  const points = measured(performance);
  const footprint = footprintIn(scaling);
  const head =
    "payments/s | busy cores of Node | processes | busy cores of PostgreSQL | its cores, planned | primaries | connections | WAL MB/s | disk GB a day";
  const rows = RATES.map((rate) => stepOf(rate, points, footprint)).map((step) =>
    [
      step.rate.toLocaleString("en"),
      step.node.toFixed(1),
      step.processes,
      step.postgres.toFixed(1),
      Math.max(1, Math.ceil(step.primaryCores)),
      step.shards,
      step.connections.toLocaleString("en"),
      step.walMbPerSecond.toFixed(1),
      Math.round(step.diskGbPerDay).toLocaleString("en"),
    ].join(" | "),
  );
  return [head, head.replaceAll(/[^|]+/g, "---"), ...rows].map((row) => `| ${row} |`.replaceAll("--- ", "---").replaceAll(" ---", "---"));
}

export function footprintRows({ count, walBytes, diskBytes, largest }) {
  const where = `${type()} ${release()}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)} at the end`;
  return [
    `${new Date().toISOString().slice(0, 10)}: ${count.toLocaleString("en")} payments by four connections, with one webhook each that was delivered; ${where}.`,
    "",
    "| a payment leaves | bytes |",
    "|---|---|",
    `| log of PostgreSQL (WAL), without full images of pages | ${Math.round(walBytes)} |`,
    `| tables and their indexes | ${Math.round(diskBytes)} |`,
    ...largest.map(({ name, bytes }) => `| of these \`${name}\` | ${Math.round(bytes)} |`),
  ];
}

/** What the page says was measured. */
function footprintIn(scaling) {
  const bytesOf = (name) => {
    const found = new RegExp(`^\\| ${name}[^|]*\\| (\\d+) \\|$`, "m").exec(scaling)?.[1];
    if (found === undefined) throw new Error("docs/scaling.md has no footprint: run npm run bench:scaling -- --write");
    return Number(found);
  };
  return { walBytes: bytesOf("log of PostgreSQL"), diskBytes: bytesOf("tables and their indexes") };
}

/** Puts the footprint, if there is a new one, and then the steps into the page. */
export function writeScaling(footprint, performance) {
  let text = readFileSync(page, "utf8");
  if (footprint) text = put(text, block("footprint"), footprintRows(footprint));
  text = put(text, block("steps"), stepRows(performance, text));
  writeFileSync(page, text);
}

function put(text, { begin, end }, lines) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/scaling.md has no block ${begin}`);
  return `${text.slice(0, from)}${begin}\n\n${lines.join("\n")}\n\n${text.slice(to)}`;
}
