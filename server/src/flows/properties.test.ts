import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Asked, Gateway, Script } from "../../../test/support/flows/gateway.ts";
import { broken } from "../../../test/support/flows/invariants.ts";
import { DAY, HOUR, MINUTE, says, SECOND } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import type { TillwayError } from "../core/errors.ts";
import type { Payment } from "../core/model.ts";
import type { Call } from "../core/ports/connector.ts";
import { paymentIsTerminal } from "../core/states.ts";
import { cancelPayment, capturePayment, confirmPayment } from "./payments/operations.ts";

/**
 * A gateway that never lies, behind a line that loses what it likes, and people who do what they like: whatever the order, the books
 * must agree in the end. The simulator tries the same with crashes and far more faults; a failure here is shrunk to a few lines.
 */
const lost = ["answer lost", "request lost", "unknown"] as const;
const troubles = {
  send: [...lost, "not sent", "throttled", "declined"],
  find: ["unknown", "throttled"],
  retrieve: ["unknown"],
  cancel: [...lost, "throttled"],
} as const satisfies Record<Asked, readonly string[]>;

type Step =
  | { readonly do: "trouble"; readonly asked: Asked; readonly kind: number }
  | { readonly do: "confirm" | "capture" | "cancel" | "work" }
  | { readonly do: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("trouble" as const), asked: fc.constantFrom(...asks()), kind: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("confirm" as const, "capture" as const, "cancel" as const, "work" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(SECOND, MINUTE, 20 * MINUTE, 2 * HOUR) }) },
);

function asks(): Asked[] {
  return Object.keys(troubles) as Asked[];
}

function scripted(gateway: Gateway, kind: string): Script {
  switch (kind) {
    case "answer lost":
    case "request lost":
      return kind;
    case "not sent":
      return says.notSent;
    case "throttled":
      return says.throttled(SECOND);
    case "declined":
      return (call) => declines(gateway, call);
    default:
      return says.unknown;
  }
}

/** A "no" that holds: only where the gateway has done nothing under this key, and of what may be refused. */
function declines(gateway: Gateway, { attempt }: Call) {
  const entry = gateway.ledger.get(attempt.gatewayKey);
  if (entry?.status === "canceled") return says.canceled;
  if (entry) return entry.status === "authorized" ? says.authorized(attempt) : says.succeeded(attempt);
  if (attempt.operation === "charge" || attempt.operation === "capture") return says.declined();
  gateway.did(attempt);
  return says.succeeded(attempt);
}

async function take(world: World, id: string, given: Step): Promise<void> {
  switch (given.do) {
    case "trouble": {
      const kinds = troubles[given.asked];
      return void world.gateway.next(given.asked, scripted(world.gateway, kinds[given.kind % kinds.length]!));
    }
    case "wait":
      return world.later(given.ms);
    case "work":
      return void (await world.work());
    default:
      return act(world, id, given.do);
  }
}

/** What a merchant asks for; a refusal is an answer too. */
async function act(world: World, id: string, name: "confirm" | "capture" | "cancel"): Promise<void> {
  const caller = world.caller(`${name}-key`);
  const asked = {
    confirm: () => confirmPayment(world.deps, caller, { paymentId: id, method: null, returnUrl: null }),
    capture: () => capturePayment(world.deps, caller, { paymentId: id }),
    cancel: () => cancelPayment(world.deps, caller, { paymentId: id }),
  }[name];
  const answer = await world.clock.until(asked().catch((error: TillwayError) => ({ status: error.status })));
  expect([200, 402, 409]).toContain(answer.status);
}

const made = fc.record({
  confirm: fc.constantFrom(null, false),
  captureMethod: fc.constantFrom("automatic" as const, "manual" as const),
  accounts: fc.constantFrom(1, 2),
});

async function live(given: { confirm: null | false; captureMethod: Payment["captureMethod"]; accounts: number }, steps: readonly Step[]) {
  const world = new World({ accounts: given.accounts, endpoints: 1 });
  const id = await world.created({ confirm: given.confirm, captureMethod: given.captureMethod, orderId: "ord_1" });
  for (const each of steps) {
    await take(world, id, each);
    expect(broken(world.tables)).toEqual([]);
    expect(world.gateway.net).toBeLessThanOrEqual(world.payment(id).amount);
  }
  await world.later(10 * DAY);
  return { world, payment: world.payment(id) };
}

describe("with a gateway that never lies, whatever is lost on the way and whatever people ask for", () => {
  it("each payment ends, our books are the gateway's, the merchant is told, and nobody has to look at it", async () => {
    await fc.assert(
      fc.asyncProperty(made, fc.array(step, { maxLength: 14 }), async (given, steps) => {
        const { world, payment } = await live(given, steps);
        expect(broken(world.tables)).toEqual([]);
        expect(paymentIsTerminal(payment.status)).toBe(true);
        expect(world.gateway.net).toBe(payment.amountCaptured - payment.amountRefunded);
        expect(world.cases()).toEqual([]);
        expect(world.deliveries.filter((delivery) => delivery.status !== "succeeded")).toEqual([]);
        const ends = world
          .eventTypes(payment.id)
          .filter((type) => /^payment\.(succeeded|charged_after_cancel|failed|canceled)$/.test(type));
        const isCalledOff = payment.cancelRequestedAt !== null && payment.status === "succeeded";
        expect(ends).toEqual([isCalledOff ? "payment.charged_after_cancel" : `payment.${payment.status}`]);
      }),
      { numRuns: 200 },
    );
  });

  it("a key asks for the same thing each time: of all sends under it, one is carried out", async () => {
    await fc.assert(
      fc.asyncProperty(made, fc.array(step, { maxLength: 14 }), async (given, steps) => {
        const { world } = await live(given, steps);
        const charges = [...world.gateway.ledger.values()].filter(
          ({ operation, status }) => operation === "charge" && status === "succeeded",
        );
        expect(charges.length).toBeLessThanOrEqual(1);
        const attempts = new Map([...world.tables.attempts.values()].map((attempt) => [attempt.gatewayKey, attempt]));
        for (const { key, operation, n } of world.gateway.requests) expect(attempts.get(key)).toMatchObject({ operation, n });
      }),
      { numRuns: 100 },
    );
  });
});
