/** What the parts of the suite share: scenarios that are counted, skips that have to be earned, and calls that run to their end. For tests only. */
import { it } from "vitest";
import type { Operation, PaymentMethod } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call, Reply } from "../../core/ports/connector.ts";
import { throttled, wireFaults, type WireFault } from "./wire.testing.ts";
import { callOf, type Lackable, type Situation, type World } from "./world.testing.ts";

/** Capabilities for want of which scenarios are skipped. With more, a connector hides what it can't do. */
export const LACKS_MAX = 10;
export const SCENARIOS_MIN = 60;

export interface Skipping {
  skip(note: string): never;
}

export interface Kit {
  readonly world: World;
  /** What the suite pays in. */
  readonly currency: string;
  readonly scenarios: number;
  /** For want of what each skipped scenario was skipped. */
  readonly skipped: readonly Lackable[];
  /** One scenario of the suite. */
  scenario(name: string, run: (ctx: Skipping) => Promise<void> | void): void;
  /** Ends the scenario: skipped with the world's reason, or failed if it has none. */
  lacking(ctx: Skipping, what: Lackable): never;
  needs(ctx: Skipping, operation: Operation): void;
  /** The method that brings a situation about; what only happens on the wire needs none of the far side's. */
  methodFor(situation: Situation, ctx: Skipping): PaymentMethod;
  send(call: Call): Promise<Reply>;
  find(call: Call): Promise<Reply>;
  retrieve(call: Call, reference: string): Promise<Reply>;
  cancel(call: Call): Promise<Reply>;
  outcomeOf(reply: Promise<Reply>): Promise<Outcome>;
  /** Lets the time pass after which the far side can find what it has. */
  settled(): Promise<void>;
  /** A charge of 4,500 that was just made, and operations of these amounts on it. */
  on(ctx: Skipping, operation: Operation, amounts: readonly number[]): Promise<{ readonly charge: Call; readonly calls: readonly Call[] }>;
}

const byName = (name: string): WireFault => wireFaults.find((fault) => fault.name === name)!;
const onTheWire: Partial<Record<Situation, WireFault>> = {
  timeoutBefore: byName("a timeout before it arrives"),
  timeoutAfter: byName("a timeout after its effect"),
  resetAfter: byName("a reset after its effect"),
  cutAfter: byName("an answer that is cut off"),
  plainErrorBefore: byName("a proxy's 503 page before it arrives"),
  htmlAfter: byName("a 200 with an HTML page"),
  throttledOnce: throttled,
};

/** What to do about what is no situation. */
const hints: Partial<Record<Lackable, string>> = {
  canceling: "write the connector's `cancel`, and in its capabilities what it cancels by",
  idempotency_keys: "say what it answers while a key is in use (`inUse`)",
  list: "write the connector's `list`",
  strangers: "make a charge that is none of ours (`stranger`)",
};

export function createKit(name: string, current: () => World): Kit {
  let scenarios = 0;
  const skipped: Lackable[] = [];
  const run = (reply: Promise<Reply>): Promise<Reply> => current().run(reply);
  const kit: Kit = {
    get world() {
      return current();
    },
    get currency() {
      return current().currency ?? "INR";
    },
    get scenarios() {
      return scenarios;
    },
    skipped,
    scenario(what, does) {
      scenarios += 1;
      it(what, async (ctx) => does(ctx as Skipping));
    },
    lacking(ctx, what) {
      const lack = current().lacks?.[what];
      if (lack === undefined)
        throw new Error(
          `FILL IN the world of ${name}: ${hints[what] ?? `bring "${what}" about`}, or say in \`lacks.${what}\` why the gateway has none, with the source`,
        );
      skipped.push(what);
      return ctx.skip(`${lack.why} (${lack.source})`);
    },
    needs(ctx, operation) {
      if (!current().connector.capabilities.operations.includes(operation)) kit.lacking(ctx, operation);
    },
    methodFor(situation, ctx) {
      const { methods, lacks, wire, takesMoney = ({ method }) => method === "POST" } = current();
      const method = methods[situation];
      if (method !== undefined) return method;
      const fault = onTheWire[situation];
      if (fault === undefined || lacks?.[situation] !== undefined) return kit.lacking(ctx, situation);
      if (methods.approved === undefined) return kit.lacking(ctx, "approved");
      wire.meet(fault, { fits: takesMoney });
      return methods.approved;
    },
    send: (call) => run(current().connector.send(call)),
    find: (call) => run(current().connector.find(call)),
    retrieve: (call, reference) => run(current().connector.retrieve(call, reference)),
    cancel: (call) => run(current().connector.cancel(call)),
    outcomeOf: async (reply) => (await reply).outcome,
    settled: () => current().pass(current().connector.capabilities.settleTimeMs),
    async on(ctx, operation, amounts) {
      kit.needs(ctx, operation);
      const { captures, refunds } = current().connector.capabilities;
      if (operation === "capture" && captures === "full" && amounts.some((amount) => amount < 4_500)) kit.lacking(ctx, "partial_capture");
      if (operation === "refund" && refunds === "full" && amounts.some((amount) => amount < 4_500)) kit.lacking(ctx, "partial_refund");
      const charge = callOf(current(), {
        method: kit.methodFor("approved", ctx),
        capture: operation === "refund" ? "automatic" : "manual",
      });
      const parent = referenceOf(await kit.outcomeOf(kit.send(charge)));
      return { charge, calls: amounts.map((amount) => callOf(current(), { operation, parent, attempt: { amount } })) };
    },
  };
  return kit;
}

/** The gateway's id in an outcome. A charge that was to be taken and was not fails here, with what became of it. */
export function referenceOf(outcome: Outcome): string {
  if ("reference" in outcome && typeof outcome.reference === "string") return outcome.reference;
  throw new Error(`the charge was to be made, and became ${JSON.stringify(outcome)}`);
}

/** As if the same request were sent once more. */
export function resent(call: Call): Call {
  return { ...call, attempt: { ...call.attempt, sends: 2, questions: 1 } };
}
