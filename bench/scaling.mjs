/** What a payment leaves in PostgreSQL, and what follows from it and from docs/performance.md for other rates: the table of docs/scaling.md. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { project } from "./build.mjs";
import { atEnd, runBench } from "./processes.mjs";
import { connectTo, openSide } from "./side.mjs";
import { footprintRows, stepRows, writeScaling } from "./scaling-report.mjs";
import { startTerminal } from "./terminal.mjs";

const USAGE = `npm run bench:scaling -- [options]

  --seconds N   how long payments are sent (20)
  --write       puts the tables into docs/scaling.md
  --steps-only  measures nothing: reckons anew with the footprint that docs/scaling.md has and the figures of docs/performance.md
`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    write: { type: "boolean", default: false },
    "steps-only": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

/** As many as are answered: a machine that does other work as well refuses none. */
const CONNECTIONS = 4;
const SIZES = `select relname as name, pg_total_relation_size(oid) as whole from pg_class
  where relkind = 'r' and relnamespace = 'public'::regnamespace`;

/** A payment, its event and its webhook, by few connections; without full images of pages, which depend on how often is checkpointed. */
async function measure() {
  const side = await openSide("scaling", project);
  atEnd(() => side.close());
  let databaseUrl = "";
  const noted = { ...side, createDatabase: async (name) => (databaseUrl = await side.createDatabase(name)) };
  const server = await startTerminal(noted, { delivers: true });
  const database = await connectTo(databaseUrl);
  try {
    await server.run({ seconds: 5, connections: CONNECTIONS });
    await database.query("alter system set full_page_writes = off");
    await database.query("select pg_reload_conf()");
    const before = await look(database);
    const { count } = await server.run({ seconds: Number(values.seconds), connections: CONNECTIONS });
    const after = await look(database);
    return figuresOf(before, after, count);
  } finally {
    await database.end();
    await server.close();
  }
}

async function look(database) {
  const [{ bytes }] = (await database.query("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as bytes")).rows;
  return { walBytes: bytes, sizes: new Map((await database.query(SIZES)).rows.map((row) => [row.name, Number(row.whole)])) };
}

function figuresOf(before, after, count) {
  const tables = [...after.sizes].map(([name, size]) => ({ name, bytes: (size - (before.sizes.get(name) ?? 0)) / count }));
  const diskBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    count,
    walBytes: (after.walBytes - before.walBytes) / count,
    diskBytes,
    largest: tables.toSorted((a, b) => b.bytes - a.bytes).slice(0, 4),
  };
}

await runBench(async () => {
  const docs = readFileSync(new URL("../docs/performance.md", import.meta.url), "utf8");
  const footprint = values["steps-only"] ? null : await measure();
  if (footprint) console.log(footprintRows(footprint).join("\n"));
  if (values.write) writeScaling(footprint, docs);
  const page = readFileSync(new URL("../docs/scaling.md", import.meta.url), "utf8");
  console.log(stepRows(docs, page).join("\n"));
});
