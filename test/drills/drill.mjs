// One outage: Tillway's processes under a constant load, a calm phase, the outage, and what the ledgers say when all has settled.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chargesAt, generator, healing, openStage, sleep } from "../crash/stage.mjs";
import { judge } from "../crash/judge.mjs";
import { exchangesLeft, Lists, mailsMissing, turnOnMail } from "./beside.mjs";
import { newDatabase } from "./servers.mjs";
import { Watch } from "./watch.mjs";

const RATE = 10;
/** Two of three payments are plain. The rest shows that declines and late outcomes come through an outage as well. */
const MIX = [
  ["success", 85],
  ["insufficient-funds", 5],
  ["failure", 5],
  ["processing", 5],
];
const WARM_UP_MS = 5_000;
/** What is measured after an outage that is over at once: its effects are not. */
const EFFECT_MS = 10_000;
const LOG_LINES = 5;
const HEAL_MS = 120_000;

/**
 * @param kind one of `kinds`
 * @param given `name`, its `servers`, how long it is `calm` and how long the outage takes, in `seconds`; `say`; the
 * `seed` that databases are copied from
 * @returns the figures of its row
 */
export async function drill(kind, { name, servers, calm, seconds, say, seed }) {
  const [stops, tails] = [[], []];
  try {
    const { stage, watch, lists } = await prepare(kind, { name, servers, seed, stops, tails });
    const load = loadavg()[0];
    await sleep(WARM_UP_MS);
    const calmAt = Date.now();
    say(`calm for ${calm} s`);
    await sleep(calm * 1_000);
    const begunAt = Date.now();
    if (watch.refused(calmAt, begunAt) > 0) throw new Error("the machine is too busy: payments were refused while it was calm");
    const normal = watch.normal(calmAt, begunAt);
    say(`${kind.what}${seconds > 0 ? `, for ${seconds} s` : ""}; normal is a backlog of up to ${normal}`);
    await kind.act({ ...stage, servers, seconds });
    const endedAt = Date.now();
    say(`it is over after ${((endedAt - begunAt) / 1_000).toFixed(1)} s; ${watch.backlog} wait`);
    const healedMs = await untilHealed(watch, endedAt, normal);
    say(healedMs === null ? `not healed after ${HEAL_MS / 1_000} s` : `back to normal ${(healedMs / 1_000).toFixed(1)} s after it`);
    const until = Math.max(endedAt, begunAt + EFFECT_MS);
    await sleep(until - Date.now());
    await stage.client.stop();
    await lists?.stop();
    const healed = await healing(stage.databaseUrl, say);
    await watch.stop();
    const times = { calmAt, begunAt, until };
    const figures = { downMs: endedAt - begunAt, healedMs, load, ...(await books(kind, { stage, healed, lists, servers })) };
    return { ...figures, ...latencies(watch, times), tails };
  } catch (error) {
    error.tails = tails;
    throw error;
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function prepare(kind, { name, servers, seed, stops, tails }) {
  const directory = mkdtempSync(join(tmpdir(), "tillway drill "));
  stops.push(() => {
    // The processes' own words, which are short: they log warnings only.
    for (const file of readdirSync(directory).filter((one) => one.endsWith(".log"))) tails.push([file, lastLines(join(directory, file))]);
    rmSync(directory, { recursive: true, force: true });
  });
  for (const needed of kind.needs ?? []) await servers.up(needed);
  const prepared = await kind.prepare?.(servers, stops);
  const database = await (prepared?.databaseUrl
    ? newDatabase(prepared.databaseUrl)
    : newDatabase(servers.urls.DATABASE_URL, seed.database));
  const settings = { ...kind.settings?.(servers, name, database.name), ...prepared?.settings };
  const tries = [];
  const mail = kind.hasMail ? { customer: { email: "shopper@shopper.example" } } : {};
  const client = { random: generator(1), perSecond: RATE, mix: MIX, connections: 512, more: mail, onTry: (one) => tries.push(one) };
  const given = {
    databaseUrl: database.url,
    seed: prepared?.databaseUrl ? undefined : seed,
    directory,
    settings,
    apis: kind.apis ?? 1,
    workers: kind.workers ?? 1,
    client,
  };
  const stage = await openStage(given, stops);
  if (kind.hasMail) await turnOnMail(stage);
  const watch = new Watch(stage.databaseUrl, kind.beside);
  watch.tries = tries;
  stops.push(() => watch.stop());
  stage.client.start();
  return { stage: { ...stage, own: prepared?.own }, watch, lists: kind.hasLists ? new Lists(stage) : null };
}

async function untilHealed(watch, from, normal) {
  for (const giveUpAt = Date.now() + HEAL_MS; Date.now() < giveUpAt;) {
    const healedMs = watch.healedAfter(from, normal);
    if (healedMs !== null) return healedMs;
    await sleep(500);
  }
  return null;
}

function latencies(watch, { calmAt, begunAt, until }) {
  const of = (waits) => ({ before: watch.latency(calmAt, begunAt, waits), during: watch.latency(begunAt, until, waits) });
  return { accept: of(false), confirm: of(true), refused: watch.refused(begunAt, until) };
}

/** What the ledgers say. `lost` is whatever was acknowledged and is not true, told and settled; `doubled` is money or a payment that is there twice. */
async function books(kind, { stage, healed, lists, servers }) {
  const { client, receiver, victims, databaseUrl, sandboxPort } = stage;
  const found = await judge({ databaseUrl, positions: await chargesAt(sandboxPort), ledger: client.ledger, receiver });
  const left = Object.entries(healed.left).filter(([, count]) => count > 0);
  const lost = {
    "acknowledged and lost": found.lost,
    "charges without an attempt": found.orphans,
    "state and gateway disagree": found.untrue,
    "events not delivered": found.undelivered,
    "still under way": left.map(([name, count]) => `${count} ${name}`),
    ...(kind.hasMail ? { "e-mails not sent": await mailsMissing(servers, databaseUrl) } : {}),
    ...(kind.beside ? { "exchanges not moved": await exchangesLeft(databaseUrl) } : {}),
  };
  const doubled = { "charged more than its amount": found.doubled, "two payments of one key": found.twins };
  const others = {
    "never answered": client.unanswered,
    "answers that contradict": client.contradictions,
    "refused for good": client.refused,
    "ended by themselves": victims.filter((one) => one.died).map((one) => one.name),
    "lists that failed": lists?.failed ?? [],
  };
  const all = Object.entries({ ...lost, ...doubled, ...others }).filter(([, list]) => list.length > 0);
  return {
    acknowledged: client.ledger.size,
    lost: sum(lost),
    doubled: sum(doubled),
    faults: all.map(([what, list]) => `${what}: ${list.length} (${list.slice(0, 3).join("; ")})`),
  };
}

function lastLines(file) {
  return readFileSync(file, "utf8").trim().split("\n").filter(Boolean).slice(-LOG_LINES);
}

function sum(lists) {
  return Object.values(lists).reduce((total, list) => total + list.length, 0);
}
