/** npm run bench:loads: payments to their end in other shapes than one process with one merchant, in turn on one machine. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { project } from "./build.mjs";
import { alternate, median, quotient } from "./compare.mjs";
import { paymentBody, send } from "./load.mjs";
import { atEnd, runBench, stop } from "./processes.mjs";
import { findPgbench, prepareReference } from "./reference.mjs";
import { connectTo, openSide } from "./side.mjs";
import { drain } from "./terminal.mjs";
import { moreMerchants, prepareDatabase, startAll, startApi, startGateway, startWorker } from "./tillway.mjs";
import { cpuUs, postgresCpuUs } from "./usage.mjs";

const USAGE = `npm run bench:loads -- [options]

  --pairs N     runs of each shape (5)
  --seconds N   length of each run (4)
  --only NAME   beside the first this shape only; may be given again
  --write       puts the figures into docs/performance.md
`;
const WARM_UP = { seconds: 4, connections: 64 };
const MERCHANTS = 100;
/** A machine that does other work as well makes a server refuse a request now and then: such a run is no figure. */
const TRIES = 3;
const BEGIN = "<!-- loads: written by `npm run bench:loads -- --write` -->";
const END = "<!-- end of loads -->";
const docsFile = new URL("../docs/performance.md", import.meta.url);

const ENDED = `select count(*)::int as count, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
  from (select extract(epoch from e.created_at - p.created_at)::float8 * 1000 as ms from payments p
    join events e on e.payment_id = p.id and e.type in ('payment.succeeded', 'payment.failed') where p.id > $1 and p.status in ('succeeded', 'failed')) x`;

/** By their names: how each is started. The first is what the others are divided by. */
const SHAPES = {
  "one process": (side) => inOne(side),
  "the gateway over HTTP": (side, gateway) => inOne(side, { sandboxUrl: gateway.url }),
  "API and worker apart": (side, gateway) => apart(side, gateway, 1),
  "2 APIs and 2 workers": (side, gateway) => apart(side, gateway, 2),
  "100 merchants": (side) => inOne(side, { merchants: MERCHANTS }),
  "20 % declined, 5 % unknown": (side) => inOne(side, { bodies: mixed() }),
};

const { values } = readOptions();
const [pairs, seconds] = [Number(values.pairs), Number(values.seconds)];
const names = Object.keys(SHAPES).filter((name, n) => n === 0 || values.only.length === 0 || values.only.includes(name));
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

function readOptions() {
  const options = {
    pairs: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    only: { type: "string", multiple: true, default: [] },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  };
  try {
    const read = parseArgs({ options });
    for (const name of ["pairs", "seconds"])
      if (!/^[1-9]\d?$/.test(read.values[name])) throw new Error(`--${name} is a number from 1 to 99`);
    const unknown = read.values.only.find((name) => !(name in SHAPES));
    if (unknown !== undefined) throw new Error(`--only knows ${Object.keys(SHAPES).join("; ")}, not ${JSON.stringify(unknown)}`);
    if (!read.values.help) return read;
  } catch (error) {
    console.error(`bench: ${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
  console.log(USAGE);
  process.exit(0);
}

await runBench(async () => {
  const side = await openSide("loads", project);
  atEnd(side.close);
  const gateway = await startGateway(side, { bankMs: 0 });
  const pgbench = findPgbench();
  const reference = pgbench && (await prepareReference(pgbench, side));
  const load = { seconds, connections: 64 };
  const rows = await alternate({
    pairs,
    sides: names.map((name) => () => once(name, { side, gateway, load })),
    reference,
    checkpoint: () => side.checkpoint(),
    say: (number, samples) => say(`${number}/${pairs}: ${samples.map((one, n) => `${names[n]} ${one.perSecond.toFixed(0)}/s`).join(", ")}`),
  });
  const text = report(rows);
  console.log(`\n${text}`);
  if (values.write) write(text);
});

/** A run in processes and a database of its own: all shapes at once would be more connections than the embedded server takes. */
async function once(name, { side, gateway, load }) {
  for (let left = TRIES - 1; ; left--) {
    const started = await SHAPES[name](side, gateway);
    try {
      await measured(started, side, WARM_UP);
      return await measured(started, side, load);
    } catch (error) {
      if (left === 0) throw error;
      say(`a run of ${name} is repeated: ${error.message.slice(0, 200)}`);
    } finally {
      for (const each of started.processes) await stop(each);
      await side.dropDatabase(started.databaseUrl);
    }
  }
}

/** All in one process: with the simulated gateway inside, or elsewhere. */
async function inOne(side, { sandboxUrl, merchants = 1, bodies } = {}) {
  const databaseUrl = await side.createDatabase("loads");
  const all = await startAll(side, { databaseUrl, sandboxUrl });
  const keys = [all.keys, ...(await moreMerchants(side, databaseUrl, merchants - 1))];
  return { databaseUrl, processes: [all], to: { ports: [all.port], keys, bodies } };
}

async function apart(side, gateway, count) {
  const databaseUrl = await side.createDatabase("loads");
  const keys = await prepareDatabase(side, databaseUrl);
  const settings = { SANDBOX_URL: gateway.url };
  const apis = [];
  const workers = [];
  for (let n = 0; n < count; n++) {
    apis.push(await startApi(side, { databaseUrl, settings }));
    workers.push(await startWorker(side, { databaseUrl, settings }));
  }
  return { databaseUrl, processes: [...apis, ...workers], to: { ports: apis.map(({ port }) => port), keys } };
}

/** Of twenty payments four are declined, and one is charged while its answer is lost. */
function mixed() {
  const paying = (scenario) => ({ ...paymentBody, upi: { vpa: `${scenario}@sandbox` } });
  return Array.from({ length: 20 }, (_, n) => paying(n % 5 === 1 ? "insufficient-funds" : n === 10 ? "reset-after" : "success"));
}

async function measured({ databaseUrl, processes, to }, side, load) {
  const database = await connectTo(databaseUrl);
  try {
    const [{ last }] = (await database.query("select coalesce(max(id), '') as last from payments")).rows;
    const cpu = () => ({ node: processes.reduce((sum, { pid }) => sum + cpuUs(pid), 0), postgres: postgresCpuUs(side.postgresPid) });
    const [before, begunAt] = [cpu(), performance.now()];
    const sent = await send(to, load);
    if (!(await drain(database, false))) throw new Error("jobs were left");
    const elapsedMs = performance.now() - begunAt;
    const after = cpu();
    const { rows } = await database.query(ENDED, [last]);
    if (rows[0].count !== sent.count) throw new Error(`${sent.count} payments were accepted, but ${rows[0].count} have come to their end`);
    const each = (part) => (after[part] - before[part]) / sent.count;
    return {
      perSecond: (sent.count * 1_000) / elapsedMs,
      nodeUs: each("node"),
      postgresUs: each("postgres"),
      p50Ms: rows[0].p50,
      p99Ms: rows[0].p99,
    };
  } finally {
    await database.end();
  }
}

function report(rows) {
  const head = ["shape", "to a terminal state per s", "of the first", "per R", "Node us", "PG us", "p50 ms", "p99 ms"];
  const lines = names.map((name, n) => {
    const of = (field) => median(rows.map(({ samples }) => samples[n][field])).toFixed(0);
    const ratio = median(rows.map(({ samples }) => samples[n].perSecond / samples[0].perSecond)).toFixed(2);
    const perR = median(rows.map(({ samples, r }) => quotient(samples[n].perSecond, r)));
    return [name, of("perSecond"), ratio, perR?.toFixed(2) ?? "-", of("nodeUs"), of("postgresUs"), of("p50Ms"), of("p99Ms")];
  });
  const about = `${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}; ${pairs} runs of ${seconds} s each, 64 connections, medians.`;
  return `${about}\n\n${[head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function write(text) {
  const page = readFileSync(docsFile, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("docs/performance.md has no block of the loads");
  writeFileSync(docsFile, `${page.slice(0, begin)}${BEGIN}\n\n${text}\n${page.slice(end)}`);
}
