/**
 * Whatever happens to a request, asking as the core asks ends in what the far side's books say: a charge is taken once, or it is proven that it
 * never will be. For tests only.
 */
import { describe, expect } from "vitest";
import { maySendAgain, planQuestion } from "../../core/decide/ask/plan.ts";
import type { Attempt, Operation, Payment } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import { isTruth } from "../../core/outcome.ts";
import type { Call } from "../../core/ports/connector.ts";
import { resent, type Kit, type Skipping } from "./kit.testing.ts";
import { throttledWithoutTime, wireFaults, type WireFault } from "./wire.testing.ts";
import { callOf } from "./world.testing.ts";

/** More questions than any single fault needs. */
const QUESTIONS_MAX = 40;
/** Between two questions, beside the settle time. */
const GAP_MS = 5_000;

export function truthConformance(kit: Kit): void {
  const { scenario } = kit;

  describe("the truth is reached by asking", () => {
    for (const fault of wireFaults) {
      scenario(`if any request of a charge meets ${fault.name}`, async (ctx) => {
        const requests = await requestsOf(kit, aCharge(kit, ctx));
        for (let skip = 0; skip < requests; skip++) {
          const call = aCharge(kit, ctx);
          kit.world.wire.meet(fault, { skip });
          await ends(kit, call, call, await kit.outcomeOf(kit.send(call)));
        }
      });

      scenario(`if any request of another operation meets ${fault.name}`, async (ctx) => {
        for (const operation of kit.world.connector.capabilities.operations.filter((one) => one !== "charge")) {
          const clean = await kit.on(ctx, operation, [4_500]);
          const requests = await requestsOf(kit, clean.calls[0]!);
          for (let skip = 0; skip < requests; skip++) {
            const { charge, calls } = await kit.on(ctx, operation, [4_500]);
            kit.world.wire.meet(fault, { skip });
            await ends(kit, charge, calls[0]!, await kit.outcomeOf(kit.send(calls[0]!)));
          }
        }
      });

      scenario(`if a question about a lost charge meets ${fault.name}`, async (ctx) => {
        for (let skip = 0; skip < 2; skip++) {
          const call = aCharge(kit, ctx);
          kit.world.wire.meet(lost, { fits: kit.world.takesMoney ?? (({ method }) => method === "POST") });
          const outcome = await kit.outcomeOf(kit.send(call));
          kit.world.wire.meet(fault, { skip });
          await ends(kit, call, call, outcome);
        }
      });
    }

    scenario("and an answer to a question that can't be read is never one, however long after", async (ctx) => {
      // What comes before the first request of an account is not what is looked at.
      await kit.send(aCharge(kit, ctx));
      for (const waitMs of [kit.world.connector.capabilities.settleTimeMs, 2 * 3_600_000]) {
        for (const fault of wireFaults) {
          const call = aCharge(kit, ctx);
          kit.world.wire.meet(lost, { fits: kit.world.takesMoney ?? (({ method }) => method === "POST") });
          await kit.send(call);
          await kit.world.pass(waitMs);
          kit.world.wire.meet(fault);
          const { kind } = await kit.outcomeOf(kit.find(resent(call)));
          expect([fault.name, waitMs, ["unknown", "pending", "succeeded"].includes(kind), kind]).toEqual([fault.name, waitMs, true, kind]);
        }
      }
    });

    scenario("if every third request fails in some way, by a plan", async (ctx) => {
      const random = numbers(7);
      let failed = 0;
      for (let n = 0; n < 24; n++) {
        const call = aCharge(kit, ctx);
        kit.world.wire.plan(() => (random(3) === 0 ? (failed++, wireFaults[random(wireFaults.length)]!) : null));
        const outcome = await kit.outcomeOf(kit.send(call));
        await ends(kit, call, call, outcome);
        kit.world.wire.plan(null);
      }
      expect(failed).toBeGreaterThan(5);
    });

    scenario("if its first answer, and then an answer to a question, is a 429 without a time", async (ctx) => {
      const call = aCharge(kit, ctx);
      kit.world.wire.meet(throttledWithoutTime);
      const outcome = await kit.outcomeOf(kit.send(call));
      expect(["throttled", "not_sent", "unknown"]).toContain(outcome.kind);
      expect(outcome).not.toHaveProperty("retryAfterMs", expect.any(Number));
      kit.world.wire.meet(throttledWithoutTime);
      expect(["unknown", "pending"]).toContain((await kit.outcomeOf(kit.find(resent(call)))).kind);
      await ends(kit, call, call, outcome);
    });
  });
}

const lost: WireFault = wireFaults.find(({ name }) => name === "a timeout after its effect")!;

function aCharge(kit: Kit, ctx: Skipping): Call {
  return callOf(kit.world, { method: kit.methodFor("approved", ctx), returnUrl: "https://shop.example/back" });
}

/** How many requests it takes if nothing goes wrong. */
async function requestsOf(kit: Kit, call: Call): Promise<number> {
  const { wire } = kit.world;
  const before = wire.seen.length;
  await kit.send(call);
  expect(wire.seen.length).toBeGreaterThan(before);
  return wire.seen.length - before;
}

/** Asks until there is an answer, and holds it to the books: now, and when everything that was on its way has arrived. */
async function ends(kit: Kit, charge: Call, call: Call, first: Outcome): Promise<void> {
  const outcome = await askUntilKnown(kit, call, first);
  const isAsWanted = isDone(outcome);
  const left: Readonly<Record<Operation, number>> = { charge: 4_500, capture: 4_500, void: 0, refund: 0 };
  const untouched: Readonly<Record<Operation, number>> = { charge: 0, capture: 0, void: 0, refund: 4_500 };
  const { operation } = call.attempt;
  const wanted = {
    outcome: outcome.kind,
    taken: isAsWanted ? left[operation] : untouched[operation],
    charges: isAsWanted || operation !== "charge" ? 1 : expect.any(Number),
  };
  const books = () => ({
    outcome: outcome.kind,
    taken: kit.world.taken(charge.attempt.gatewayKey),
    charges: kit.world.charges(charge.attempt.gatewayKey),
  });
  expect(books()).toEqual(wanted);
  await kit.world.pass(3_600_000);
  expect(books()).toEqual(wanted);
}

function isDone({ kind }: Outcome): boolean {
  return kind === "succeeded";
}

/** As the core does it, in short: what is throttled or not sent is sent again, all else is asked about. */
async function askUntilKnown(kit: Kit, call: Call, first: Outcome): Promise<Outcome> {
  const { connector } = kit.world;
  let attempt = noted({ ...call.attempt, firstSentAt: kit.world.now(), lastSentAt: kit.world.now() }, first);
  let outcome = first;
  for (let n = 1; n <= QUESTIONS_MAX; n++) {
    if (isTruth(outcome) || outcome.kind === "rejected" || outcome.kind === "not_sent") return outcome;
    await kit.world.pass(connector.capabilities.settleTimeMs + GAP_MS);
    const now = kit.world.now();
    const asked =
      outcome.kind === "throttled" ? "resend" : planQuestion(attempt, { cancelRequestedAt: null } as Payment, connector.capabilities, now);
    if (asked === "conclude_not_sent") return outcome;
    const isResend = asked === "resend";
    attempt = {
      ...attempt,
      // What was throttled had no effect, so this is as good as a first one.
      questions: attempt.questions + (outcome.kind === "throttled" ? 0 : 1),
      ...(isResend && { sends: attempt.sends + 1, lastSentAt: now, notFound: 0 }),
    };
    const next = { ...call, attempt, mayFinish: maySendAgain(attempt, connector.capabilities, now) };
    const reply = isResend
      ? kit.send(next)
      : asked === "retrieve"
        ? kit.retrieve(next, attempt.gatewayReference!)
        : asked === "cancel"
          ? kit.cancel(next)
          : kit.find(next);
    outcome = await kit.outcomeOf(reply);
    attempt = noted(attempt, outcome);
  }
  throw new Error(`after ${QUESTIONS_MAX} questions the answer is still ${JSON.stringify(outcome)}`);
}

/** What an answer leaves on the attempt. */
function noted(attempt: Attempt, outcome: Outcome): Attempt {
  const reference = "reference" in outcome ? outcome.reference : null;
  return {
    ...attempt,
    status:
      outcome.kind === "pending" || outcome.kind === "requires_action"
        ? outcome.kind
        : attempt.status === "calling"
          ? "unknown"
          : attempt.status,
    gatewayReference: reference ?? attempt.gatewayReference,
    notFound: outcome.kind === "not_found" ? attempt.notFound + 1 : attempt.notFound,
    storedError: attempt.storedError || (outcome.kind === "unknown" && outcome.storedError),
  };
}

/** Whole numbers below a limit, the same ones every time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.trunc((state / 4_294_967_296) * below);
  };
}
