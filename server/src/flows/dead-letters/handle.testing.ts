/** Dead letters of a world in memory, and people who handle them. */
import { DAY } from "../../../../test/support/flows/rows.ts";
import type { World } from "../../../../test/support/flows/world.ts";
import { JOB_CASE_AFTER_TRIES, MONEY_LEASE_MS } from "../../core/constants.ts";
import type { Case, Job } from "../../core/model.ts";
import type { Deps } from "../deps.ts";
import { failures } from "../deliveries/sending.testing.ts";
import { runJob } from "../jobs/run.ts";
import { handleLetter, handleLetters, type Act, type LetterWish } from "./handle.ts";

export const replay: Act = { action: "replay", by: "Ann", reason: null, deliveries: true };
export const discard: Act = { action: "discard", by: "Ann", reason: "not needed", deliveries: true };
export const read = (body: string) => JSON.parse(body) as Record<string, unknown>;

export async function one(world: World, id: string, act: Act, key?: string) {
  const answer = await handleLetter(world.deps, world.caller(key), id, act);
  return { replayed: answer.replayed, ...read(answer.body) };
}

export async function many(world: World, act: Act, wish: Partial<LetterWish> = {}, key?: string) {
  const answer = await handleLetters(world.deps, world.caller(key), act, { limit: 100, perSecond: 10, dryRun: false, ...wish });
  return { replayed: answer.replayed, ...read(answer.body) };
}

/** A store that fails so that handlers throw. */
const broken = (world: World, why = "a bug of ours"): Deps => ({
  ...world.deps,
  store: { ...world.deps.store, load: () => Promise.reject(new Error(why)), delivery: () => Promise.reject(new Error(why)) },
});

export const letters = (world: World): Case[] => [...world.tables.cases.values()].filter((row) => row.status === "open");

/** The job fails once more, as if it had done so eight times. */
export async function fails(world: World, job: Job, why?: string, tries = JOB_CASE_AFTER_TRIES): Promise<void> {
  const leased = { ...job, leaseToken: `lease ${world.clock.now()}`, tries, runAt: world.clock.now() + MONEY_LEASE_MS };
  world.tables.jobs.set(job.id, leased);
  await runJob(broken(world, why), leased);
}

/** A payment whose charge fails again and again. */
export async function failingCharge(world: World): Promise<{ id: string; letter: Case }> {
  const id = await world.created();
  await fails(world, world.job(id)!);
  return { id, letter: letters(world).find((row) => row.paymentId === id)! };
}

/** A payment whose webhook was given up. */
export async function givenUp(world: World, payments = 1): Promise<void> {
  world.receiver.script.push(...failures(5 * payments));
  for (let n = 0; n < payments; n++) await world.created();
  await world.later(DAY);
}
