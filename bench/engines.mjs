/** npm run bench:engines: payments to their end with each engine, API and worker as processes of their own, in turn on one machine. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { project } from "./build.mjs";
import { alternate, median, quotient } from "./compare.mjs";
import { send } from "./load.mjs";
import { atEnd, runBench, stop } from "./processes.mjs";
import { findPgbench, prepareReference } from "./reference.mjs";
import { connectTo, openSide } from "./side.mjs";
import { drain } from "./terminal.mjs";
import { prepareDatabase, startApi, startGateway, startWorker } from "./tillway.mjs";
import { cpuUs, postgresCpuUs } from "./usage.mjs";

const USAGE = `npm run bench:engines -- [options]

  Each engine whose server is named by its variable runs beside PostgreSQL: REDIS_URL, KAFKA_BROKERS.
  --pairs N     runs of each engine (5)
  --seconds N   length of each run (4)
  --write       puts the figures into docs/performance.md
`;
/** What Tillway is told for each engine. The database of Redis is emptied by nobody: messages of others are left alone. */
const ENGINES = { postgres: [], redis: ["REDIS_URL"], kafka: ["KAFKA_BROKERS"] };
const LEAST = { redis: 0.8, kafka: 0.8 };
const WARM_UP = { seconds: 4, connections: 64 };
const BEGIN = "<!-- engines: written by `npm run bench:engines -- --write` -->";
const END = "<!-- end of engines -->";
const docsFile = new URL("../docs/performance.md", import.meta.url);

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

await runBench(async () => {
  const engines = Object.keys(ENGINES).filter(
    (name) => ENGINES[name].length > 0 && ENGINES[name].every((variable) => process.env[variable]),
  );
  if (engines.length === 0) throw new Error("no engine to compare with: set REDIS_URL or KAFKA_BROKERS");
  const side = await openSide("engines", project);
  atEnd(side.close);
  const gateway = await startGateway(side, { bankMs: 0 });
  const pgbench = findPgbench();
  const reference = pgbench && (await prepareReference(pgbench, side));
  const compared = [];
  for (const engine of engines) compared.push({ names: ["postgres", engine], rows: await beside(engine, { side, gateway, reference }) });
  const text = report(compared);
  console.log(`\n${text}`);
  if (values.write) write(text);
  if (text.includes("**missed**")) process.exitCode = 1;
});

/** One engine and PostgreSQL alone, in turn. Not all at once: the connections of three would be more than the embedded server takes. */
async function beside(engine, { side, gateway, reference }) {
  const subjects = [await startSubject(side, gateway, "postgres"), await startSubject(side, gateway, engine)];
  for (const { run, name } of subjects) {
    say(`warming up ${name}`);
    await run(WARM_UP);
  }
  const load = { seconds: Number(values.seconds), connections: 64 };
  const rows = await alternate({
    pairs: Number(values.pairs),
    sides: subjects.map((subject) => () => subject.run(load)),
    reference,
    checkpoint: () => side.checkpoint(),
    say: (number, samples) =>
      say(`${number}/${values.pairs}: ${samples.map((one, n) => `${subjects[n].name} ${one.perSecond.toFixed(0)}/s`).join(", ")}`),
  });
  for (const { close } of subjects) await close();
  return rows;
}

async function startSubject(side, gateway, name) {
  const databaseUrl = await side.createDatabase(`engine_${name}`);
  const keys = await prepareDatabase(side, databaseUrl);
  const engine = Object.fromEntries(ENGINES[name].map((variable) => [variable, process.env[variable]]));
  const settings = { ...engine, SANDBOX_URL: gateway.url };
  const api = await startApi(side, { databaseUrl, settings });
  const worker = await startWorker(side, { databaseUrl, settings });
  const database = await connectTo(databaseUrl);
  const cpu = () => ({ node: cpuUs(api.pid) + cpuUs(worker.pid), postgres: postgresCpuUs(side.postgresPid) });
  return {
    name,
    run: async (load) => {
      const [{ last }] = (await database.query("select coalesce(max(id), '') as last from payments")).rows;
      const [before, begunAt] = [cpu(), performance.now()];
      const sent = await send({ port: api.port, keys }, load);
      if (!(await drain(database, false))) throw new Error(`${name}: jobs were left`);
      const elapsedMs = performance.now() - begunAt;
      const after = cpu();
      const ended = await endedAfter(database, last);
      if (ended.count !== sent.count) throw new Error(`${name}: ${sent.count} payments were accepted, but ${ended.count} have succeeded`);
      const each = (part) => (after[part] - before[part]) / sent.count;
      return {
        perSecond: (sent.count * 1_000) / elapsedMs,
        nodeUs: each("node"),
        postgresUs: each("postgres"),
        p50Ms: ended.p50,
        p99Ms: ended.p99,
      };
    },
    close: async () => {
      await database.end();
      await stop(api);
      await stop(worker);
      await side.dropDatabase(databaseUrl);
    },
  };
}

/** The payments younger than `last` that have succeeded, and how long that took from their creation. */
async function endedAfter(database, last) {
  const { rows } = await database.query(
    `select count(*)::int as count, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
     from (select extract(epoch from e.created_at - p.created_at)::float8 * 1000 as ms
       from payments p join events e on e.payment_id = p.id and e.type = 'payment.succeeded' where p.id > $1 and p.status = 'succeeded') x`,
    [last],
  );
  return rows[0];
}

/** Beside each engine PostgreSQL was measured again: only what ran in turn is divided. */
function report(compared) {
  const head = ["engine", "to a terminal state per s", "of PostgreSQL's", "per R", "Node us", "PostgreSQL us", "p50 ms", "p99 ms"];
  const lines = compared.flatMap(({ names, rows }) => names.map((name, n) => lineOf(name, n, rows)));
  const about = `${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}; API, worker and gateway as processes of their own, ${values.pairs} runs of ${values.seconds} s each, medians.`;
  return `${about}\n\n${[head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function lineOf(name, n, rows) {
  const of = (field) => median(rows.map(({ samples }) => samples[n][field]));
  const ratio = median(rows.map(({ samples }) => samples[n].perSecond / samples[0].perSecond));
  const perR = median(rows.map(({ samples, r }) => quotient(samples[n].perSecond, r)));
  const least = LEAST[name];
  const verdict = least === undefined ? "1" : `${ratio.toFixed(2)} (at least ${least}: ${ratio >= least ? "holds" : "**missed**"})`;
  const figures = [of("nodeUs"), of("postgresUs"), of("p50Ms"), of("p99Ms")].map((value) => value?.toFixed(0) ?? "-");
  return [name, of("perSecond").toFixed(0), verdict, perR?.toFixed(2) ?? "-", ...figures];
}

function write(text) {
  const page = readFileSync(docsFile, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("docs/performance.md has no block of the engines");
  writeFileSync(docsFile, `${page.slice(0, begin)}${BEGIN}\n\n${text}\n${page.slice(end)}`);
}
