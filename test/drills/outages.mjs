// npm run drill:outages [-- --write] [--only NAME] [--seconds N] [--calm N]: each outage under load, with real servers and processes.
import { mkdtempSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { killAll } from "../crash/processes.mjs";
import { seedDatabase } from "../crash/stage.mjs";
import { drill } from "./drill.mjs";
import { kinds } from "./kinds.mjs";
import { haveServers, newDatabase, Servers } from "./servers.mjs";
import { faultsOf, rowOf, write } from "./table.mjs";

const USAGE = `npm run drill:outages -- [options]

  --only NAME    this outage; may be given again
  --seconds N    how long an outage takes that takes time, instead of its own length
  --calm N       how long it is calm before (15)
  --write        puts the rows into docs/reliability.md
  --list         names the outages
`;
const whole = (text, name) => {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  console.error(`drill: --${name} is ${text}, which is not a whole number`);
  process.exit(2);
};
const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    seconds: { type: "string" },
    calm: { type: "string", default: "15" },
    write: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

process.exitCode = await main();

async function main() {
  if (values.help) console.log(USAGE);
  if (values.list) for (const [name, { what }] of Object.entries(kinds)) console.log(`${name.padEnd(18)}${what}`);
  if (values.help || values.list) return 0;
  const names = values.only ?? Object.keys(kinds);
  const unknown = names.find((name) => !(name in kinds));
  if (unknown !== undefined) {
    console.error(`drill: there is no outage ${unknown}. There are: ${Object.keys(kinds).join(", ")}`);
    return 2;
  }
  if (!haveServers) {
    console.log("skipped: the folder with the servers, ../shared/services, is not beside this one");
    return 0;
  }
  return runAll(names);
}

async function runAll(names) {
  const directory = mkdtempSync(join(tmpdir(), "tillway-drills-"));
  // PostgreSQL runs as another user if we are root, who must be able to get to its own directory.
  chmodSync(directory, 0o755);
  const servers = new Servers({ directory, portBase: 20_000 + Math.floor(Math.random() * 10_000) });
  const close = () => {
    servers.close();
    rmSync(directory, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (killAll(), close(), process.exit(130)));
  let bad = 0;
  try {
    await servers.up("postgres");
    const { name: database, url } = await newDatabase(servers.urls.DATABASE_URL);
    const seed = { database, ...(await seedDatabase({ databaseUrl: url, directory })) };
    for (const name of names) bad += await runOne(name, servers, seed);
  } finally {
    close();
  }
  console.log(bad === 0 ? `0 lost, 0 doubled in ${names.length} outages` : `${bad} of ${names.length} outages were not as promised`);
  return bad === 0 ? 0 : 1;
}

async function runOne(name, servers, seed) {
  const kind = kinds[name];
  const seconds = kind.seconds > 0 && values.seconds !== undefined ? whole(values.seconds, "seconds") : kind.seconds;
  say(`== ${name}`);
  const calm = whole(values.calm, "calm");
  const found = await drill(kind, { name, servers, seed, calm, seconds, say }).catch((error) => ({ error }));
  if (found.error) {
    console.log(`FAIL ${name}: ${found.error.stack}`);
    sayTails(found.error.tails ?? []);
    return 1;
  }
  const [faults, row] = [faultsOf(kind, found), rowOf(name, kind, found)];
  console.log(row);
  for (const fault of faults) console.log(`FAIL ${name}: ${fault}`);
  if (faults.length > 0) sayTails(found.tails);
  if (faults.length === 0) console.log(`ok   ${name}: 0 lost, 0 doubled`);
  if (values.write) write([[name, row]], Object.keys(kinds));
  return faults.length === 0 ? 0 : 1;
}

/** The last lines that each process logged. */
function sayTails(tails) {
  for (const [file, lines] of tails) for (const line of lines) console.log(`     ${file}: ${line.slice(0, 400)}`);
}
