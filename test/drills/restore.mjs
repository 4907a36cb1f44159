// npm run drill:restore [-- --write] [--minutes N]: PostgreSQL is lost under load and set back, by its archive and as a snapshot.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { judge } from "../crash/judge.mjs";
import { killAll, runOnce } from "../crash/processes.mjs";
import { chargesAt, generator, healing, openStage, sleep } from "../crash/stage.mjs";
import { startOwnPostgres } from "./own-postgres.mjs";
import { newDatabase, until } from "./servers.mjs";
import { writeBlock } from "./table.mjs";

const RATE = 10;
/** Two of three are plain; the rest shows that declines, late outcomes and answers that were lost come through it as well. */
const MIX = [
  ["success", 80],
  ["insufficient-funds", 5],
  ["failure", 5],
  ["processing", 5],
  ["reset-after", 5],
];
const BEFORE_MS = 20_000;
/** A call that had left before Tillway knew has arrived by then. */
const IN_FLIGHT_MS = 35_000;
const WATCHED_MS = 15_000;
const SHOWN = 5;

/** How it is set back. */
const ways = {
  "to a moment": "base backup and archived log, to that moment",
  "a snapshot": "a copy of the data, put back as it was",
};
/** What Tillway is to notice: the processes remember how far the log was. */
const REASON = "behind";

const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, minutes: { type: "string", default: "5" } },
});
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (killAll(), process.exit(130)));

const rows = [];
for (const [way, what] of Object.entries(ways)) {
  const { faults, figures } = await drill(way);
  for (const fault of faults) console.log(`FAIL ${way}: ${fault}`);
  if (faults.length === 0)
    console.log(`ok   ${way}: ${figures.forgotten} charges forgotten, ${figures.cases} of them have a case, 0 were made twice`);
  else process.exitCode = 1;
  const { lostS, openS, ...counts } = figures;
  rows.push(
    `| ${what} | ${lostS} | ${counts.acknowledged} | ${counts.lost} | ${counts.forgotten} | ${counts.cases} | ${counts.doubled} | ${openS} |`,
  );
}
if (values.write) {
  const head =
    "| how | span lost, s | acknowledged | of these in the lost span | charges forgotten | with a case | doubled | no money moved for, s |";
  writeBlock("restore", [head, `|${"---|".repeat(8)}`, ...rows, "", `Load ${loadavg()[0].toFixed(1)}, ${RATE} payments a second.`]);
}

async function drill(way) {
  const directory = mkdtempSync(join(tmpdir(), "tillway-restore-"));
  // PostgreSQL runs as another user if we are root.
  chmodSync(directory, 0o755);
  const stops = [() => rmSync(directory, { recursive: true, force: true })];
  try {
    const postgres = await startOwnPostgres(join(directory, "postgres"), stops);
    const { url: databaseUrl } = await newDatabase(postgres.url);
    if (way === "to a moment") postgres.backUp();
    const client = { random: generator(1), perSecond: RATE, mix: MIX, connections: 512, patienceMs: 900_000, pauseMs: 4_000 };
    const stage = await openStage({ databaseUrl, directory, settings: {}, apis: 1, workers: 1, client }, stops);
    stage.client.start();
    await sleep(BEFORE_MS);
    if (way === "a snapshot") postgres.backUp();
    const goesBackTo = new Date();
    say(`${way}: ${stage.client.ledger.size} payments; what comes now will be forgotten, ${values.minutes} min of it`);
    await sleep(Number(values.minutes) * 60_000);
    postgres.destroy();
    const lostAt = new Date();
    postgres.restore(way === "to a moment" ? goesBackTo : null);
    say("PostgreSQL is lost and restored");
    const { faults, figures } = await recover(stage);
    return { faults, figures: { lostS: Math.round((lostAt - goesBackTo) / 1_000), ...figures } };
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** What a person does, by the page docs/operations.md; the shop repeats what it got no answer to, and later what was forgotten. */
async function recover(stage) {
  const faults = [];
  const tillway = async (...argv) => JSON.parse(await runOnce(["restore", ...argv, "--json"], stage.env));
  let found = null;
  await until("Tillway notices", async () => (found = (await tillway("status")).restore) !== null);
  say(`noticed: ${found.reason}, lost from ${found.lost_from}`);
  if (found.reason !== REASON) faults.push(`it was noticed by ${found.reason}, and should be by ${REASON}`);
  await sleep(IN_FLIGHT_MS);
  const charged = (await chargesAt(stage.sandboxPort)).length;
  await sleep(WATCHED_MS);
  await until("every account was swept", async () => (await tillway("status")).unswept.length === 0);
  const charges = await chargesAt(stage.sandboxPort);
  if (charges.length > charged) faults.push(`${charges.length - charged} charges were made before the restore was finished`);
  const forgotten = await forgottenOf(stage, charges);
  say(
    `every account was swept: ${forgotten.length} charges are forgotten; ${forgotten.filter(({ hasCase }) => hasCase).length} have a case`,
  );
  const without = forgotten.filter(({ hasCase }) => !hasCase).map(({ key }) => key);
  if (without.length > 0) faults.push(`${without.length} without a case: ${without.slice(0, SHOWN).join(", ")}`);
  if (forgotten.length === 0) faults.push("no charge was forgotten, so this shows nothing");
  await tillway("finish");
  const openS = Math.round((Date.now() - Date.parse(found.begun_at)) / 1_000);
  say(`finished after ${openS} s; what waits goes on`);
  await stage.client.stop();
  const lost = await repeatLost(stage);
  say(`${lost.length} payments that had been acknowledged were asked for again under their keys`);
  faults.push(
    ...lost.filter(({ status }) => status !== 201 && status !== 402).map(({ key, status }) => `${key} got ${status} when it came again`),
  );
  const { left } = await healing(stage.databaseUrl, say);
  const books = await judge({ ...stage, positions: await chargesAt(stage.sandboxPort), ledger: stage.client.ledger });
  const { counts, ...lists } = books;
  const wrong = [
    ...Object.entries(lists),
    ["unanswered", stage.client.unanswered],
    ["refused for good", stage.client.refused],
    ["still under way", left.payments > 0 ? [left.payments] : []],
  ];
  faults.push(
    ...wrong.filter(([, list]) => list.length > 0).map(([what, list]) => `${what}: ${list.length} (${list.slice(0, SHOWN).join(", ")})`),
  );
  const twice = twiceCharged(stage, await chargesAt(stage.sandboxPort));
  if (twice.length > 0) faults.push(`charged twice for one key of the shop: ${twice.slice(0, SHOWN).join(", ")}`);
  say(`${counts.payments} payments, ${counts.charges} charges in the gateway's books`);
  const cases = forgotten.length - without.length;
  const acknowledged = stage.client.ledger.size;
  return {
    faults,
    figures: { acknowledged, lost: lost.length, forgotten: forgotten.length, cases, doubled: lists.doubled.length + twice.length, openS },
  };
}

/** Captured charges of the gateway that no attempt of this database made. */
async function forgottenOf({ databaseUrl }, charges) {
  const [keys, subjects] = await Promise.all([
    column(databaseUrl, "select gateway_key from attempts"),
    column(databaseUrl, "select evidence ->> 'gateway_key' from cases where kind = 'unknown_charge' and status = 'open'"),
  ]);
  return charges.filter(({ key, captured }) => captured > 0 && !keys.has(key)).map(({ key }) => ({ key, hasCase: subjects.has(key) }));
}

/** The shop knows of payments that Tillway has forgotten, and asks for each again as it did. */
async function repeatLost({ client, databaseUrl }) {
  const known = await column(databaseUrl, "select id from payments");
  const lost = [];
  for (const [key, entry] of client.ledger) {
    if (known.has(entry.id)) continue;
    const answer = await client.again(key, entry.answer.sent);
    const shown = JSON.parse(answer.body);
    const id = shown.id ?? shown.error?.payment_id;
    lost.push({ key, status: answer.status });
    client.ledger.set(key, { ...entry, id, before: entry.id });
  }
  return lost;
}

/** Keys of the shop for which the gateway took money more than once, whatever the payments are called. */
function twiceCharged({ client }, charges) {
  const keyOf = new Map([...client.ledger].flatMap(([key, { id, before }]) => [id, before].filter(Boolean).map((one) => [one, key])));
  const taken = new Map();
  for (const { payment_id: id, captured } of charges) {
    if (captured > 0) taken.set(keyOf.get(id) ?? id, (taken.get(keyOf.get(id) ?? id) ?? 0) + 1);
  }
  return [...taken].filter(([, count]) => count > 1).map(([key]) => key);
}

async function column(connectionString, text) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return new Set((await client.query({ text, rowMode: "array" })).rows.map(([one]) => one));
  } finally {
    await client.end();
  }
}
