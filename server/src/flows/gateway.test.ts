import { describe, expect, it } from "vitest";
import { Held } from "../../../test/support/flows/gateway.ts";
import { DAY, HOUR, MINUTE, says, SECOND, START } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import {
  GATEWAY_AWAY_AFTER_MS,
  HURRY_BEYOND_MS,
  HURRY_EVERY_MS,
  HURRY_GAP_MS,
  HURRY_MAX,
  NOT_SENT_GAPS_MS,
  QUESTION_SCHEDULE_MS,
} from "../core/constants.ts";
import type { Call } from "../core/ports/connector.ts";
import type { Hurry } from "../core/ports/store.ts";
import { cancelPayment } from "./payments/operations.ts";
import type { Deps } from "./deps.ts";

/** A payment whose gateway was silent: its next question is due only in `ms`. */
async function putOff(world: World, ms: number): Promise<string> {
  world.gateway.next("send", "answer lost");
  const id = await world.created();
  await world.work();
  due(world, id, ms);
  return id;
}

function due(world: World, id: string, ms: number): void {
  const job = world.job(id)!;
  world.tables.jobs.set(job.id, { ...job, runAt: world.clock.now() + ms });
}

/** Another payment of the account, which the gateway takes. */
async function answers(world: World, deps?: Deps): Promise<void> {
  await world.created();
  await world.work(deps);
}

/** What was asked of the store; the dependencies themselves stay the same for the life of a process. */
function listening(world: World): { readonly deps: Deps; readonly hurries: Hurry[] } {
  const hurries: Hurry[] = [];
  const hurryJobs: Deps["store"]["hurryJobs"] = (lane, hurry) => {
    hurries.push(hurry);
    return world.deps.store.hurryJobs(lane, hurry);
  };
  return { deps: { ...world.deps, store: { ...world.deps.store, hurryJobs } }, hurries };
}

function dueIn(world: World, id: string): number {
  return world.job(id)!.runAt - world.clock.now();
}

describe("a gateway that is back", () => {
  it("is asked at once about what its silence has put off for half an hour (F9)", async () => {
    const world = new World();
    const ids = [await putOff(world, 30 * MINUTE), await putOff(world, 31 * MINUTE)];
    await world.clock.advance(10 * SECOND);
    await answers(world);
    await world.later(HURRY_GAP_MS);
    expect(ids.map((id) => world.payment(id).status)).toEqual(["succeeded", "succeeded"]);
  });

  it("is noticed by a process that was not there while it was away (F9)", async () => {
    const world = new World();
    const id = await putOff(world, 6 * HOUR);
    await answers(world, { ...world.deps });
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("gets what never left, and is not pressed for what it had put off itself", async () => {
    const world = new World();
    world.gateway.next("send", says.throttled(HOUR));
    const throttled = await world.created();
    await world.work();
    const at = world.job(throttled)!.runAt;
    world.gateway.next("send", ...NOT_SENT_GAPS_MS.map(() => says.notSent));
    const unsent = await world.created();
    const untilLastGap = NOT_SENT_GAPS_MS.slice(0, -1).reduce((sum, gap) => sum + gap, 0);
    await world.later(untilLastGap);
    expect(dueIn(world, unsent)).toBe(NOT_SENT_GAPS_MS.at(-1));
    await answers(world);
    await world.work();
    expect(world.payment(unsent).status).toBe("succeeded");
    expect(world.job(throttled)!.runAt).toBe(at);
    await world.later(HOUR);
    expect(world.payment(throttled).status).toBe("succeeded");
  });

  it("says nothing twice in one breath: what is due within the minute, and what has just been asked, stays as it is", async () => {
    const world = new World();
    const soon = await putOff(world, HURRY_BEYOND_MS);
    await world.clock.advance(10 * SECOND);
    const own = await putOff(world, 0);
    world.gateway.next("find", (call) => says.pending(call.attempt));
    world.tables.attempts.set(world.attempts(own)[0]!.id, { ...world.attempts(own)[0]!, firstSentAt: 0, lastSentAt: 0, questions: 7 });
    const before = world.gateway.count("find");
    await world.work();
    expect(world.gateway.count("find")).toBe(before + 1);
    expect(dueIn(world, own)).toBeGreaterThan(HURRY_BEYOND_MS);
    expect(dueIn(world, soon)).toBe(HURRY_BEYOND_MS - 10 * SECOND);
  });

  it("is asked soon again about what left before it was back and failed after, though nobody pays any more (F9)", async () => {
    const world = new World();
    const id = await putOff(world, 0);
    // An outage has used up the quick part of the schedule.
    const [attempt] = world.attempts(id);
    world.tables.attempts.set(attempt!.id, { ...attempt!, questions: 7, firstSentAt: START - DAY, lastSentAt: START - DAY });
    const late = new Held();
    world.gateway.next("find", late);
    const question = await world.start();
    await world.clock.advance(SECOND);
    await answers(world);
    late.answer(() => says.unknown);
    await question.end;
    expect(dueIn(world, id)).toBe(QUESTION_SCHEDULE_MS[0]);
    await world.later(QUESTION_SCHEDULE_MS[0]!);
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("is asked about everything at most every 30 seconds, however often it goes and comes back", async () => {
    const world = new World();
    const { deps, hurries } = listening(world);
    for (let n = 0; n < 10; n++) {
      world.gateway.next("send", "answer lost");
      await answers(world, deps);
      await world.clock.advance(GATEWAY_AWAY_AFTER_MS);
      await answers(world, deps);
    }
    const all = hurries.filter(({ limit }) => limit === HURRY_MAX).map(({ from }) => from);
    expect(all).toHaveLength(2);
    expect(all[1]! - all[0]!).toBe(HURRY_EVERY_MS);
  });

  it("costs the store one statement, and none while it goes on answering, whatever single calls come to", async () => {
    const world = new World();
    const { deps, hurries } = listening(world);
    for (let n = 0; n < 10; n++) {
      await answers(world, deps);
      world.gateway.next("send", "answer lost");
      await answers(world, deps);
      await world.clock.advance(GATEWAY_AWAY_AFTER_MS - 1);
    }
    const now = hurries[0]!.from;
    expect(hurries).toEqual([
      {
        kinds: ["charge", "capture", "void", "refund", "ask", "gateway-event"],
        beyond: now + HURRY_BEYOND_MS,
        from: now,
        gapMs: HURRY_GAP_MS,
        limit: HURRY_MAX,
      },
    ]);
  });

  it("is asked again about the rest if more waited than are asked at a time, or if the store could not say", async () => {
    const world = new World();
    let calls = 0;
    const hurryJobs: Deps["store"]["hurryJobs"] = () =>
      ++calls === 1 ? Promise.resolve(HURRY_MAX) : calls === 2 ? Promise.reject(new Error("down")) : Promise.resolve(HURRY_MAX - 1);
    const deps = { ...world.deps, store: { ...world.deps.store, hurryJobs } };
    for (let n = 0; n < 10; n++) {
      await answers(world, deps);
      await world.clock.advance(HURRY_EVERY_MS / 2);
    }
    expect(calls).toBe(3);
    expect(world.logs.filter((line) => line.level === "warn")).toHaveLength(1);
  });
});

describe("a charge that a gateway takes in two requests", () => {
  /** Whether the questions about it may finish it. */
  async function mayFinish(given: { storedError?: boolean; after?: number; cancel?: boolean }): Promise<boolean[]> {
    const world = new World();
    const seen: boolean[] = [];
    const note = (call: Call) => (seen.push(call.mayFinish === true), says.unknown);
    world.gateway.next("send", { ...says.unknown, storedError: given.storedError ?? false }).next("find", note);
    const id = await world.created();
    await world.work();
    if (given.cancel === true) await cancelPayment(world.deps, world.caller(), { paymentId: id });
    due(world, id, given.after ?? 0);
    await world.later(given.after ?? 0);
    return seen;
  }

  it.each<[string, Parameters<typeof mayFinish>[0], boolean]>([
    ["may be finished by a question at once", {}, true],
    ["… within the time in which it may be sent again", { after: 15 * MINUTE - SECOND }, true],
    ["… and not after it", { after: 15 * MINUTE }, false],
    ["… nor in answer to a stored 5xx", { storedError: true }, false],
    ["… nor once a cancel was asked for", { cancel: true }, false],
  ])("%s", async (_, given, may) => {
    expect(await mayFinish(given)).toEqual([may]);
  });
});

describe("a gateway that is silent", () => {
  it.each([
    [8 * MINUTE, 120 * SECOND, 20],
    [HOUR, 20 * MINUTE, 30],
    [24 * HOUR, 6 * HOUR, 90],
  ])(
    "for %i ms is noticed within %i ms of its return though nobody pays, and is asked less than %i times",
    async (awayMs, withinMs, asked) => {
      const world = new World();
      const backAt = world.clock.now() + awayMs;
      world.gateway
        .next("send", "answer lost", "answer lost")
        .next(
          "find",
          ...Array.from(
            { length: 1_000 },
            () => (call: Call) => (world.clock.now() < backAt ? says.unknown : says.succeeded(call.attempt)),
          ),
        );
      const ids = [await world.created(), await world.created()];
      await world.work();
      await world.later(awayMs);
      expect(ids.map((id) => world.payment(id).status)).toEqual(["processing", "processing"]);
      expect(world.gateway.count("find")).toBeLessThan(asked);
      await world.later(withinMs);
      expect(ids.map((id) => world.payment(id).status)).toEqual(["succeeded", "succeeded"]);
    },
  );
});
