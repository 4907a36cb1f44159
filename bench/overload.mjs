/** What becomes of a Tillway that is asked for three times what it can do: see docs/performance.md. One command, one verdict a line. */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { project } from "./build.mjs";
import { overloadTable, slowSeconds, verdictsOf, writeOverload } from "./overload-report.mjs";
import { atEnd, run, runBench, stop } from "./processes.mjs";
import { ask, openSide } from "./side.mjs";
import { liveMerchant, startAll, startGateway } from "./tillway.mjs";
import { peakMemoryMb } from "./usage.mjs";

const USAGE = `npm run bench:overload -- [options]

  --seconds N   length of the overload (60)
  --calm N      length of the calm before and after it (20 and 40)
  --factor N    times the peak that is offered (3)
  --bank-ms N   time that the simulated bank takes (0)
  --profile DIR a CPU profile of the server; slows it down
  --json        ends with one line of JSON
  --write       puts the table into docs/performance.md
`;

/** What shops and gateways ask for, in shares of all requests. */
const MIX = { create: 0.6, list: 0.15, get: 0.15, confirm: 0.05, webhook: 0.05 };
/** Tillway has the first core; the generator shares the second with PostgreSQL and the simulated gateway. */
const [SERVER_CORE, GENERATOR_CORE] = ["0", "1"];
/**
 * The generator measures, so it must not wait for those beside it: real-time priority. To run these when it does not (`SCHED_IDLE`) is not enough:
 * each backend of PostgreSQL is a session of its own, Linux gives each session an equal share (autogroups), and the generator waited for three
 * fifths of its time.
 */
const AHEAD_OF_ALL = ["chrt", "--rr", "1"];
/** Collects its garbage seldom: its pauses are no answers of the server. */
const GENERATOR_OPTIONS = ["--single-threaded-gc", "--max-semi-space-size=16", "--min-semi-space-size=16", "--initial-old-space-size=512"];
const CONNECTIONS = 64;
const WARM_UP_S = 8;
const PEAK_S = 10;
/** Requests a second that this mix will not reach on one core. */
const RATE_MAX = 8_000;
/** Of the peak: what an ordinary day is. */
const CALM_SHARE = 0.4;
/** Payments that are there to be asked for and told about. */
const KNOWN = 2_000;
const KNOWN_PAYMENTS = `select payment_id as "paymentId", gateway_key as key, gateway_reference as reference from attempts
  where status = 'succeeded' and gateway_reference is not null order by id desc limit $1`;
const generator = fileURLToPath(new URL("overload-generator.mjs", import.meta.url));

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    calm: { type: "string", default: "20" },
    factor: { type: "string", default: "3" },
    "bank-ms": { type: "string", default: "0" },
    profile: { type: "string" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const [seconds, calm, factor, bankMs] = ["seconds", "calm", "factor", "bank-ms"].map((name) => Number(values[name]));
const isPinned = availableParallelism() > 1 && (await hasSchedulers());
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

let side = null;
await runBench(async () => {
  // What starts from here on stays on the core that was set last.
  const stayOn = (core) => run("taskset", ["-cp", core, String(process.pid)]);
  if (isPinned) await stayOn(GENERATOR_CORE);
  else
    say("there is only one core, no taskset, or chrt may give no priority (root may): nothing is pinned, so these figures are no figures");
  say("starting PostgreSQL and Tillway");
  side = await openSide("this build", project);
  atEnd(() => side.close());
  const gateway = await startGateway(side, { bankMs });
  if (isPinned) await stayOn(SERVER_CORE);
  const databaseUrl = await side.createDatabase("overload");
  const all = await startAll(side, { databaseUrl, profile: values.profile, sandboxUrl: gateway.url });
  const { keys, account } = await liveMerchant(side, databaseUrl);
  const load = { port: all.port, keys, account, databaseUrl };

  say("warming up, and finding the peak");
  const connections = CONNECTIONS + bankMs;
  await generate(load, 0, [{ seconds: WARM_UP_S, connections, mix: { create: 1 } }]);
  const [peak] = await generate(load, PEAK_S * MIX.confirm * RATE_MAX, [{ seconds: PEAK_S, connections, mix: MIX }]);
  say(`the peak is ${Math.round(peak.perSecond)} requests a second; offering ${factor} times as many for ${seconds} s`);
  const ordinary = { rate: peak.perSecond * CALM_SHARE, mix: MIX };
  const phases = [
    { ...ordinary, seconds: calm },
    { rate: peak.perSecond * factor, seconds, mix: MIX },
    { ...ordinary, seconds: calm * 2 },
  ];
  const requests = phases.reduce((sum, one) => sum + one.rate * one.seconds, 0);
  const [before, over, after] = await generate(load, Math.ceil(requests * MIX.confirm) + 100, phases);
  const figures = { seconds, factor, bankMs, isPinned, peak, before, over, after, peakMb: Math.round(peakMemoryMb(all.pid)) };
  await stop(all);
  const verdicts = verdictsOf(figures);
  console.log(`\n${overloadTable(figures)}\n`);
  for (const { isMet, text } of verdicts) console.log(`${isMet ? "holds " : "MISSED"}  ${text}`);
  const answers = Object.entries(over.ofKind).map(([kind, { statuses }]) => `${kind} ${JSON.stringify(statuses)}`);
  console.log(`\nanswers under overload (0: none within 30 s): ${answers.join(", ")}`);
  console.log(slowSeconds(before, after));
  if (values.write) writeOverload(figures, verdicts);
  if (values.json) console.log(JSON.stringify(figures));
  if (verdicts.some(({ isMet }) => !isMet)) process.exitCode = 1;
});

/** Runs the phases on the generator's core. @param prepare payments to make first, to be confirmed. @returns the figures of each phase */
async function generate({ databaseUrl, ...load }, prepare, phases) {
  const known = await ask(databaseUrl, KNOWN_PAYMENTS, [KNOWN]);
  const file = join(side.directory, "task.json");
  writeFileSync(file, JSON.stringify({ host: "127.0.0.1", ...load, known, prepare, phases }));
  const command = [process.execPath, ...GENERATOR_OPTIONS, generator, file];
  const [program, ...args] = isPinned ? [...AHEAD_OF_ALL, "taskset", "-c", GENERATOR_CORE, ...command] : command;
  return JSON.parse(await run(program, args));
}

/** Whether a core and a priority can be chosen here: the second takes root, or CAP_SYS_NICE. */
async function hasSchedulers() {
  return await run(AHEAD_OF_ALL[0], [...AHEAD_OF_ALL.slice(1), "taskset", "-c", GENERATOR_CORE, "true"]).then(
    () => true,
    () => false,
  );
}
