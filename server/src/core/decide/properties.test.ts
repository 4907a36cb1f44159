import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Desk } from "../../../../test/support/flows/desk.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { says } from "../../../../test/support/flows/rows.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Payment } from "../model.ts";
import type { Outcome } from "../outcome.ts";
import { attemptIsOpen, paymentIsTerminal } from "../states.ts";
import { decideBegin } from "./begin.ts";
import { decideQuestion } from "./ask/question.ts";

/**
 * Any order of what people, workers and gateways may do, applied to the in-memory rules. A gateway here says whatever it likes,
 * about any attempt, at any time: nobody is trusted to be consistent.
 */
type Step =
  | { readonly do: "confirm" | "capture" | "void" | "cancel" | "expire" }
  | { readonly do: "part"; readonly amount: number; readonly isFinal: boolean }
  | { readonly do: "refund"; readonly amount: number }
  | { readonly do: "run"; readonly job: number }
  | { readonly do: "hear"; readonly attempt: number; readonly word: keyof typeof words; readonly send: boolean }
  | { readonly do: "wait"; readonly ms: number };

const words = {
  succeeded: (attempt: Attempt): Outcome => says.succeeded(attempt),
  authorized: (attempt: Attempt): Outcome => says.authorized(attempt),
  requiresAction: (attempt: Attempt): Outcome => says.requiresAction(attempt),
  pending: (attempt: Attempt): Outcome => says.pending(attempt),
  declined: () => says.declined(),
  technical: () => says.declined("technical_decline"),
  rejected: () => says.rejected,
  notSent: () => says.notSent,
  throttled: () => says.throttled(),
  canceled: () => says.canceled,
  notFound: () => says.notFound,
  unknown: () => says.unknown,
  storedError: () => says.storedError,
  wrongAmount: (attempt: Attempt): Outcome => ({
    kind: "succeeded",
    reference: "ref",
    figures: { amount: attempt.amount + 1, currency: attempt.currency },
  }),
} satisfies Record<string, (attempt: Attempt) => Outcome>;

const word = fc.constantFrom(...(Object.keys(words) as (keyof typeof words)[]));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("confirm", "capture", "void", "cancel", "expire") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("part" as const), amount: fc.constantFrom(1, 400, 1_000), isFinal: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refund" as const), amount: fc.constantFrom(1, 400, 1_000) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("run" as const), job: fc.nat(5) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("hear" as const), attempt: fc.nat(6), word, send: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1_000, 60_000, 1_000_000) }) },
);

async function take(desk: Desk, given: Step): Promise<void> {
  switch (given.do) {
    case "wait":
      desk.now += given.ms;
      return;
    case "part":
      return void (await desk.capture({ amount: given.amount, isFinal: given.isFinal }));
    case "refund":
      return void (await desk.refund(given.amount));
    case "run":
      return runJob(desk, given.job);
    case "hear":
      return hear(desk, given);
    case "expire":
      return void (await desk.cancel("expiry"));
    default:
      return void (await desk[given.do]());
  }
}

/** What a worker does with one of the payment's jobs, up to the call. */
async function runJob(desk: Desk, which: number): Promise<void> {
  const jobs = [...desk.tables.jobs.values()].filter((job) => job.subject === desk.paymentId && job.kind !== "expire");
  const found = jobs[which % Math.max(1, jobs.length)];
  if (!found) return;
  const job = await desk.lease(found);
  const snapshot = await desk.snapshot();
  const decided = job.kind === "ask" ? decideQuestion(snapshot, job, desk.context()) : decideBegin(snapshot, job, desk.context());
  if ("change" in decided) await desk.commit(decided.change);
  // As the runner does with what the handler calls obsolete.
  else await desk.commit({ merchantId: job.merchantId, mode: job.mode, job: { id: job.id, token: job.leaseToken! } });
}

async function hear(desk: Desk, given: Extract<Step, { do: "hear" }>): Promise<void> {
  const attempt = desk.attempts[given.attempt % Math.max(1, desk.attempts.length)];
  if (!attempt) return;
  const outcome = words[given.word](attempt);
  if (given.send) await desk.answer(attempt, outcome);
  else await desk.hear(attempt, outcome);
}

const prologues = ["new", "charging", "authorized", "canceling", "capturing", "declined", "succeeded"] as const;

/** Histories that random steps seldom reach: each run goes on from one of them. */
async function begin(desk: Desk, prologue: (typeof prologues)[number]): Promise<void> {
  if (prologue === "new") return void (await desk.create({ orderId: "ord_1", confirm: false }));
  const sent = await desk.charging({ orderId: "ord_1", captureMethod: prologue === "charging" ? "automatic" : "manual" });
  if (prologue === "declined") await desk.answer(sent, says.declined());
  else if (prologue === "succeeded") await desk.answer(sent, says.succeeded(sent));
  else if (prologue !== "charging") await desk.answer(sent, says.authorized(sent));
  if (prologue === "canceling") await desk.cancel();
  if (prologue === "capturing") await desk.capture();
}

async function run(
  steps: readonly Step[],
  prologue: (typeof prologues)[number],
  check: (desk: Desk, before: Payment) => void,
): Promise<void> {
  const desk = new Desk({ accounts: 3, endpoints: 1 });
  await begin(desk, prologue);
  for (const each of steps) {
    const before = desk.payment;
    await take(desk, each);
    check(desk, before);
  }
}

function whatever(check: (desk: Desk, before: Payment) => void): Promise<void> {
  return fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 20 }), fc.constantFrom(...prologues), (steps, prologue) =>
      run(steps, prologue, check),
    ),
    { numRuns: 500 },
  );
}

describe("whatever people, workers and gateways do, in whatever order", () => {
  it("amounts stay within what was authorized, every open thing has a job that owns it, events are numbered", async () => {
    await whatever((desk) => expect(broken(desk.tables)).toEqual([]));
  });

  it("a terminal state is never left, and its amounts change only by refunds", async () => {
    await whatever((desk, before) => {
      if (!paymentIsTerminal(before.status)) return;
      const { status, amountAuthorized, amountCaptured } = desk.payment;
      expect({ status, amountAuthorized, amountCaptured }).toEqual({
        status: before.status,
        amountAuthorized: before.amountAuthorized,
        amountCaptured: before.amountCaptured,
      });
    });
  });

  it("no second charge is made while an earlier one may have taken money", async () => {
    await whatever((desk) => {
      const charges = desk.attempts.filter((attempt) => attempt.operation === "charge");
      for (const earlier of charges.slice(0, -1)) expect(["declined", "rejected", "not_sent", "canceled"]).toContain(earlier.status);
    });
  });

  it("an order is live exactly while money of its payment is taken, held or may be, also if a refund is taken back (U2)", async () => {
    await whatever((desk) => {
      const { status, amountCaptured, amountRefunded } = desk.payment;
      const isOpen = ["pending", "processing", "requires_action", "authorized"].includes(status);
      const holds = isOpen || (status === "succeeded" && amountRefunded < amountCaptured);
      expect(desk.liveOf("ord_1") !== undefined).toBe(holds);
    });
  });

  it("every fact that a merchant is told of has one delivery per endpoint", async () => {
    await whatever((desk) => {
      for (const event of desk.events) {
        const deliveries = [...desk.tables.deliveries.values()].filter((row) => row.eventId === event.id);
        expect(deliveries.length).toBe(event.type === "payment.created" || event.type === "payment.pending" ? 0 : 1);
        const about = event.type.startsWith("refund.") ? { object: "refund", payment_id: desk.paymentId } : { id: desk.paymentId };
        expect(JSON.parse(event.body)).toMatchObject(about);
      }
    });
  });

  it("jobs are about attempts that are open", async () => {
    await whatever((desk) => {
      for (const attempt of desk.attempts) {
        if (attempt.operation === "charge" || attemptIsOpen(attempt.status)) continue;
        expect(desk.tables.jobs.has(jobIdOf(attempt.id))).toBe(false);
      }
    });
  });
});
