/** What a gateway says by webhook while its answer to the call itself is under way, or before or after it. */
import { describe, expect, it } from "vitest";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { MINUTE, says, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { cancelPayment } from "../payments/operations.ts";

describe("webhooks in another order, late or beside the answer", () => {
  it.each([
    ["in order", [0, 1]],
    ["the end before the beginning", [1, 0]],
    ["each twice", [1, 0, 0, 1]],
  ])("come to the same end: %s", async (_, order) => {
    const world = new World({ endpoints: 1 });
    // The answer is lost, and so are those to the first questions.
    world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 50 }, () => says.unknown));
    const id = await world.created();
    await world.work();
    const attempt = world.attempts(id)[0]!;
    const words = [says.pending(attempt), says.succeeded(attempt)];
    for (const which of order) {
      await world.hook({ attempt, outcome: words[which]! });
      await world.work();
    }
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.receiver.got).toHaveLength(1);
    expect(world.cases()).toEqual([]);
    expect(broken(world.tables)).toEqual([]);
  });

  it("before the answer to the call itself: the answer then changes nothing", async () => {
    const world = new World({ endpoints: 1 });
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created();
    const running = await world.start();
    const [attempt] = world.attempts(id);
    await world.hook({ attempt: attempt!, outcome: says.succeeded(attempt!) });
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    held.answer((own) => says.succeeded(own));
    await running.end;
    await world.work();
    expect(world.receiver.got).toHaveLength(1);
    expect(world.cases()).toEqual([]);
    expect(broken(world.tables)).toEqual([]);
  });

  it("pending while the call is in flight, whose answer is lost: asked, not sent again", async () => {
    const world = new World({ accounts: 2 });
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created();
    const running = await world.start();
    await world.hook({ attempt: world.attempts(id)[0]!, outcome: says.pending(world.attempts(id)[0]!) });
    await world.work();
    held.answer(() => says.notSent);
    await running.end;
    expect(world.attempts(id)).toMatchObject([{ status: "pending" }]);
    expect(broken(world.tables)).toEqual([]);
  });

  it.each([
    ["is lost", says.unknown],
    ["is not sent at all", says.notSent],
  ])("succeeded while the call is in flight, whose answer %s: what was said is kept all the same, for the timeline", async (_, late) => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created();
    const running = await world.start();
    const attempt = world.attempts(id)[0]!;
    await world.hook({ attempt, outcome: says.succeeded(attempt) });
    await world.work();
    expect(world.attempts(id)).toMatchObject([{ status: "succeeded" }]);
    const before = world.attempts(id);
    const nothing = { request: null, status: null, response: null, durationMs: 0 };
    held.answer(
      () => late,
      [{ ...nothing, kind: "send", method: "POST", url: "https://bank.example", result: "late", startedAt: world.clock.now() }],
    );
    await running.end;
    expect([...world.tables.exchanges.values()].filter(({ attemptId, kind }) => attemptId === attempt.id && kind === "send")).toHaveLength(
      1,
    );
    expect(world.attempts(id)).toEqual(before);
    expect(broken(world.tables)).toEqual([]);
  });

  it("a void reported by the gateway before our void's answer ends the payment once", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.authorized();
    const [charge] = world.attempts(id);
    const held = new Held();
    world.gateway.next("send", held);
    const canceling = cancelPayment(world.deps, world.caller(), { paymentId: id });
    await world.clock.advance(SECOND);
    world.gateway.ledger.get(charge!.gatewayKey)!.status = "canceled";
    await world.hook({ attempt: charge!, outcome: says.canceled });
    await world.work();
    const answer = await world.clock.until(canceling);
    expect(JSON.parse(answer.body)).toMatchObject({ status: "canceled" });
    held.answer((own) => says.succeeded(own));
    await world.later(MINUTE);
    expect(world.eventTypes(id).filter((type) => type === "payment.canceled")).toHaveLength(1);
    expect(world.tables.jobs.size).toBe(0);
    expect(broken(world.tables)).toEqual([]);
  });
});
