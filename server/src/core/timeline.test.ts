import { describe, expect, it } from "vitest";
import { Held } from "../../../test/support/flows/gateway.ts";
import { DAY, says, scope, SECOND } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { resolveCase } from "../flows/cases/resolve.ts";
import { cancelPayment, capturePayment, refundPayment } from "../flows/payments/operations.ts";
import { explanationOf, timelineOf, type History } from "./timeline.ts";

async function historyOf(world: World, id: string): Promise<History> {
  return (await world.storage.reads.history(scope, id))!;
}

describe("the sentence on top of a timeline", () => {
  it.each<[string, (world: World) => Promise<string>, RegExp]>([
    [
      "created",
      (world) => world.created({ confirm: false }),
      /^Nothing was sent yet: confirm it, or it is canceled at 2026-03-05T12:00:00.000Z\.$/,
    ],
    ["pending", (world) => world.created(), /^It waits for a worker/],
    [
      "at the bank's page",
      async (world) => atShopper(world, "redirect"),
      /^The shopper must finish the challenge of \w+ until .* next_action\.$/,
    ],
    ["at a UPI link", async (world) => atShopper(world, "upi_intent"), /^The shopper must pay by the UPI link of \w+ until/],
    ["authorized", (world) => world.authorized(), /^10\.00 INR is held at \w+: capture or void it before .*, or it is released\.$/],
    ["succeeded", async (world) => charged(world), /^10\.00 INR was taken at \w+\. Ship it\.$/],
    ["canceled", async (world) => cancelled(world), /^It was called off, and nothing is held or taken\.$/],
    ["failed", async (world) => declined(world), /^Nothing was taken: .* The shopper may try again with a new payment\.$/],
    ["under way", async (world) => held(world), /^The charge is on its way to/],
    ["unknown", async (world) => silent(world), /^Whether \w+ took the money is not known: .* Do not charge the shopper again\.$/],
    [
      "refunded in part",
      async (world) => refundedInPart(world),
      /^10\.00 INR .* 4\.00 INR of it was given back\. Ship it\. One refund is under way\.$/,
    ],
    [
      "failed, whose charge was taken later all the same and is not back yet",
      async (world) => takenLate(world),
      /^It failed: .* bank took 10\.00 INR later all the same: it must go back, so ship nothing for it\. The shopper may try again/,
    ],
    [
      "failed, whose charge was taken later and is back",
      async (world) => {
        const id = await takenLate(world);
        await world.later(DAY / 24);
        return id;
      },
      /^It failed: .* bank took 10\.00 INR later all the same, and gave it back\. The shopper may try again/,
    ],
  ])("says of a payment that is %s why it is so and what to do", async (_, arrange, expected) => {
    const world = new World();
    const id = await arrange(world);
    expect(explanationOf(await historyOf(world, id))).toMatch(expected);
  });

  it("says what a person should do about an open case, and nothing more of it once it is resolved", async () => {
    const world = new World();
    const id = await silent(world);
    await world.later(3_600 * SECOND);
    const [open] = [...world.tables.cases.values()];
    expect(explanationOf(await historyOf(world, id))).toContain(`Case ${open!.id} (unknown_outcome): Look for the gateway key`);
    await resolveCase(world.deps, scope, open!.id, { reason: "it did not arrive", by: "Ann" });
    expect(explanationOf(await historyOf(world, id))).not.toContain("Case");
  });
});

describe("a timeline", () => {
  it("has all that happened, in order, each with the id of its row", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.authorized();
    await world.clock.until(capturePayment(world.deps, world.caller(), { paymentId: id, amount: 400 }));
    await world.work();
    const history = await historyOf(world, id);
    const entries = timelineOf(history);
    expect(entries.map((entry) => entry.at)).toEqual(entries.map((entry) => entry.at).toSorted((a, b) => a - b));
    const kinds = entries.map((entry) => entry.kind);
    expect(kinds[0]).toBe("request");
    for (const kind of ["decision", "event", "delivery"]) expect(kinds).toContain(kind);
    expect(entries.filter(({ kind }) => kind === "event")).toHaveLength(history.events.length);
    expect(entries.map((entry) => entry.text)).toContain("Capture 1 ended as succeeded.");
    expect(entries.find(({ kind }) => kind === "delivery")!.text).toMatch(/^Try 1 of payment.authorized at whe_\w+: 200, \d+ ms\.$/);
  });

  it("names the person who resolved a case, and why", async () => {
    const world = new World();
    const id = await silent(world);
    await world.later(DAY / 24);
    const [open] = [...world.tables.cases.values()];
    await resolveCase(world.deps, scope, open!.id, { reason: "it did not arrive", by: "Ann" });
    expect(timelineOf(await historyOf(world, id)).at(-1)).toMatchObject({
      kind: "person",
      id: open!.id,
      text: "Ann resolved the case: it did not arrive",
    });
  });

  it("of somebody else's payment there is none", async () => {
    const world = new World();
    const id = await world.created();
    expect(await world.storage.reads.history({ ...scope, mode: "live" }, id)).toBeNull();
  });
});

async function charged(world: World): Promise<string> {
  const id = await world.created();
  await world.work();
  return id;
}

async function declined(world: World): Promise<string> {
  world.gateway.next("send", says.declined());
  return charged(world);
}

/** A decline, and then a webhook that says it was taken; the refund of it is under way at the gateway. */
async function takenLate(world: World): Promise<string> {
  const id = await declined(world);
  const [charge] = world.attempts(id);
  world.gateway.did(charge!);
  world.gateway.next("send", (call) => says.pending(call.attempt));
  await world.hook({ attempt: charge!, outcome: says.succeeded(charge!) });
  await world.work();
  world.gateway.next("retrieve", (call) => says.succeeded(call.attempt));
  return id;
}

async function cancelled(world: World): Promise<string> {
  const id = await world.created({ confirm: false });
  await cancelPayment(world.deps, world.caller(), { paymentId: id });
  return id;
}

async function held(world: World): Promise<string> {
  world.gateway.next("send", new Held());
  const id = await world.created();
  await world.start();
  return id;
}

/** The gateway does not answer, and does not know it either. */
async function silent(world: World): Promise<string> {
  world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 40 }, () => says.unknown));
  world.gateway.next("retrieve", ...Array.from({ length: 40 }, () => says.unknown));
  return charged(world);
}

async function refundedInPart(world: World): Promise<string> {
  const id = await charged(world);
  await refundPayment(world.deps, world.caller(), { paymentId: id, amount: 400, reason: null });
  await world.work();
  await refundPayment(world.deps, world.caller(), { paymentId: id, amount: 100, reason: null });
  return id;
}

async function atShopper(world: World, type: "redirect" | "upi_intent"): Promise<string> {
  const nextAction = { type, url: "upi://pay?pa=a@b" };
  world.gateway.next("send", { kind: "requires_action", reference: "ref", nextAction });
  world.gateway.capabilities = { ...world.gateway.capabilities, methods: ["card", "upi_intent"] };
  const id = await world.created(type === "upi_intent" ? { method: { type: "upi", vpa: null } } : {});
  await world.work();
  return id;
}
