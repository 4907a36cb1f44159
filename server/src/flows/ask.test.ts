import { describe, expect, it } from "vitest";
import { Held } from "../../../test/support/flows/gateway.ts";
import { broken } from "../../../test/support/flows/invariants.ts";
import { HOUR, MINUTE, says, SECOND } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { NOT_FOUND_GAP_MS } from "../core/constants.ts";
import type { Attempt } from "../core/model.ts";
import { capturePayment } from "./payments/operations.ts";

describe("an unknown outcome", () => {
  it("is found by our key and settled", async () => {
    const world = new World({ endpoints: 1 });
    world.gateway.next("send", "answer lost");
    const id = await world.created();
    await world.work();
    expect(world.payment(id).status).toBe("processing");
    await world.later(5 * SECOND);
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.gateway.requests.map((request) => request.asked)).toEqual(["send", "find"]);
    expect(world.receiver.got).toHaveLength(1);
  });

  it("that was never received is called off with proof, then charged under the next key", async () => {
    const world = new World();
    world.gateway.next("send", "request lost");
    const id = await world.created();
    await world.later(10 * MINUTE);
    expect(world.gateway.requests.map((request) => `${request.asked} ${request.n}`)).toEqual([
      "send 1",
      "find 1",
      "find 1",
      "cancel 1",
      "send 2",
    ]);
    expect(world.attempts(id)).toMatchObject([{ status: "canceled" }, { status: "succeeded" }]);
    expect(world.gateway.net).toBe(1_000);
  });

  it("that was never received is sent again under the same key where it cannot be called off", async () => {
    const world = new World();
    world.gateway.capabilities = { ...world.gateway.capabilities, cancels: "never" };
    world.gateway.next("send", "request lost");
    const id = await world.created();
    await world.later(10 * MINUTE);
    const keys = world.gateway.requests.map((request) => request.key);
    expect(world.gateway.requests.map((request) => request.asked)).toEqual(["send", "find", "find", "send"]);
    expect(new Set(keys).size).toBe(1);
    expect(world.attempts(id)).toMatchObject([{ status: "succeeded", sends: 2 }]);
  });

  it("of an old attempt that is not found is asked about again after seconds, not after the next gap of the schedule (F9)", async () => {
    const world = new World();
    world.gateway.next("send", "request lost");
    const id = await world.created();
    await world.work();
    // An outage has used up the quick part of the schedule.
    const [attempt] = world.attempts(id);
    world.tables.attempts.set(attempt!.id, { ...attempt!, questions: 5 });
    world.clock.jump(10 * MINUTE);
    await world.work();
    expect(world.attempts(id)).toMatchObject([{ status: "unknown", notFound: 1 }]);
    await world.later(NOT_FOUND_GAP_MS - 1);
    expect(world.gateway.count("find")).toBe(1);
    await world.later(1);
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("of a capture is asked about too, and never called off", async () => {
    const world = new World();
    const id = await world.authorized();
    world.gateway.next("send", "answer lost");
    await world.clock.until(capturePayment(world.deps, world.caller(), { paymentId: id }));
    await world.later(MINUTE);
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    expect(world.gateway.count("cancel")).toBe(0);
  });

  it("whose question finds the answer after half an hour leaves no open case behind", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost");
    const id = await world.created();
    await world.work();
    // All workers are down for an hour: the first question opens the case and gets the answer.
    world.clock.jump(HOUR);
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases()).toEqual([]);
    expect(world.cases("resolved")).toEqual(["unknown_outcome"]);
  });

  it("is kept for a process that has the connector", async () => {
    const world = new World();
    world.gateway.next("send", "answer lost");
    const id = await world.created();
    await world.work();
    await world.clock.advance(5 * SECOND);
    await world.work({ ...world.deps, connectors: new Map() });
    expect(world.job(id)).toMatchObject({ kind: "ask", runAt: world.clock.now() + MINUTE });
    await world.later(MINUTE);
    expect(world.payment(id).status).toBe("succeeded");
  });
});

describe("a challenge", () => {
  it("that the shopper does not answer is called off after 15 minutes", async () => {
    const world = new World({ endpoints: 1 });
    world.gateway.next("send", (call) => says.requiresAction(call.attempt));
    world.gateway.next("retrieve", ...Array.from({ length: 50 }, () => (call: { attempt: Attempt }) => says.requiresAction(call.attempt)));
    const id = await world.created();
    await world.later(15 * MINUTE - SECOND);
    expect(world.payment(id).status).toBe("requires_action");
    await world.later(5 * SECOND);
    expect(world.payment(id).status).toBe("canceled");
    expect(world.receiver.got.map((message) => message.event.type)).toEqual(["payment.requires_action", "payment.canceled"]);
    expect(broken(world.tables)).toEqual([]);
  });

  it("that the shopper passed in the last second is charged, and given back: it had been called off", async () => {
    const world = new World();
    world.gateway.next("send", (call) => says.requiresAction(call.attempt));
    world.gateway.next("retrieve", ...Array.from({ length: 50 }, () => (call: { attempt: Attempt }) => says.requiresAction(call.attempt)));
    const id = await world.created();
    world.gateway.next("cancel", (call) => {
      world.gateway.did(call.attempt);
      return says.succeeded(call.attempt);
    });
    await world.later(20 * MINUTE);
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountRefunded: 1_000 });
    expect(world.gateway.net).toBe(0);
  });
});

describe("a late outcome of an earlier attempt", () => {
  it("while another is in flight is given back, and the payment ends with one charge", async () => {
    const world = new World({ accounts: 2, endpoints: 1 });
    world.gateway.next("send", says.rejected);
    const held = new Held();
    const id = await world.created();
    await world.start();
    world.gateway.next("send", held);
    const second = await world.start();
    const [first] = world.attempts(id);
    world.gateway.did(first!);
    await world.hook({ attempt: first!, outcome: says.succeeded(first!) });
    await world.work();
    expect(world.cases("resolved")).toEqual(["late_truth"]);
    expect(world.gateway.net).toBe(0);
    world.gateway.did(held.call!.attempt);
    held.answer((attempt) => says.succeeded(attempt));
    await second.end;
    await world.work();
    expect(world.payment(id)).toMatchObject({ status: "succeeded", attempt: 2, amountRefunded: 0 });
    expect(world.gateway.net).toBe(1_000);
    expect(broken(world.tables)).toEqual([]);
  });
});

describe("a decline that is captured later", () => {
  it("opens a case, is given back in full, and the case closes", async () => {
    const world = new World({ endpoints: 1 });
    world.gateway.next("send", says.declined());
    const id = await world.created();
    await world.work();
    const [charge] = world.attempts(id);
    world.gateway.did(charge!);
    await world.hook({ attempt: charge!, outcome: says.succeeded(charge!) });
    await world.later(MINUTE);
    expect(world.gateway.net).toBe(0);
    expect(world.payment(id).status).toBe("failed");
    expect([world.cases(), world.cases("resolved")]).toEqual([[], ["late_truth"]]);
    expect(broken(world.tables)).toEqual([]);
  });

  it("is given back also where the gateway cannot be reached for an hour", async () => {
    const world = new World();
    world.gateway.next("send", says.declined());
    const id = await world.created();
    await world.work();
    const [charge] = world.attempts(id);
    world.gateway.did(charge!);
    world.gateway.next("send", ...Array.from({ length: 9 }, () => says.notSent));
    await world.hook({ attempt: charge!, outcome: says.succeeded(charge!) });
    await world.later(3 * HOUR);
    expect([...world.tables.refunds.values()]).toMatchObject([{ kind: "reversal", status: "succeeded" }]);
  });
});
