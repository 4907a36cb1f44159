import { describe, expect, it } from "vitest";
import { diesOnceWritten } from "../../../test/support/flows/crash.ts";
import { Held } from "../../../test/support/flows/gateway.ts";
import { broken } from "../../../test/support/flows/invariants.ts";
import { anAccount, DAY, HOUR, MINUTE, says, SECOND } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { MONEY_LEASE_MS } from "../core/constants.ts";
import type { Attempt } from "../core/model.ts";
import type { Outcome } from "../core/outcome.ts";
import { runJob } from "../flows/jobs/run.ts";
import { runAttempt } from "./attempt.ts";
import { capturePayment } from "./payments/operations.ts";

describe("a charge in the background", () => {
  it.each<[string, (attempt: Attempt) => Outcome, string, string]>([
    ["succeeded", (a) => says.succeeded(a), "succeeded", "succeeded"],
    ["authorized", (a) => says.authorized(a), "authorized", "authorized"],
    ["declined", () => says.declined(), "failed", "declined"],
    ["rejected", () => says.rejected, "failed", "rejected"],
    ["pending", (a) => says.pending(a), "processing", "pending"],
    ["requires_action", (a) => says.requiresAction(a), "requires_action", "requires_action"],
    ["unknown", () => says.unknown, "processing", "unknown"],
    ["throttled", () => says.throttled(), "processing", "calling"],
    ["not sent", () => says.notSent, "processing", "calling"],
  ])("%s", async (_, outcome, payment, attempt) => {
    const world = new World();
    world.gateway.next("send", (call) => outcome(call.attempt));
    const id = await world.created({ captureMethod: "manual" });
    await world.work();
    expect(world.payment(id).status).toBe(payment);
    expect(world.attempts(id)).toMatchObject([{ status: attempt }]);
    expect(broken(world.tables)).toEqual([]);
  });

  it("hands the gateway the key, the amount and the method, and nothing of ours", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created({ returnUrl: "https://shop.example/back" });
    await world.start();
    expect(held.call).toMatchObject({
      attempt: { gatewayKey: world.attempts(id)[0]!.gatewayKey, amount: 1_000, currency: "INR" },
      account: { id: anAccount(1).id },
      method: { type: "card", connector: "bank", token: "tok_success" },
      captureMethod: "automatic",
      returnUrl: `https://shop.example/back?payment_id=${id}`,
    });
  });

  it.each([
    ["https://shop.example", "https://shop.example?", ""],
    ["https://shop.example/back?", "https://shop.example/back?", ""],
    ["https://shop.example/back?a=%20b+c&&", "https://shop.example/back?a=%20b+c&&", ""],
    ["https://shop.example/back?payment_id=mine", "https://shop.example/back?payment_id=mine&", ""],
    ["https://shop.example/#/orders/1?x=1#y", "https://shop.example/?", "#/orders/1?x=1#y"],
  ])("adds the payment's id to the return URL %s, and changes nothing else of it (U17)", async (returnUrl, before, after) => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created({ returnUrl });
    await world.start();
    expect(held.call).toMatchObject({ returnUrl: `${before}payment_id=${id}${after}` });
    expect(world.payment(id).returnUrl).toBe(returnUrl);
  });

  it("is written before it is sent: while the gateway thinks, the attempt is there and its job would ask", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created();
    const running = await world.start();
    expect(world.attempts(id)).toMatchObject([{ status: "calling", sends: 1 }]);
    expect(world.job(id)).toMatchObject({ kind: "ask", leaseToken: running.job.leaseToken, runAt: world.clock.now() + MONEY_LEASE_MS });
    held.answer((attempt) => says.succeeded(attempt));
    await running.end;
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("reads the payment once: what its own commits left is known", async () => {
    const world = new World();
    await world.created();
    let loads = 0;
    const load: typeof world.deps.store.load = (...args) => {
      loads++;
      return world.deps.store.load(...args);
    };
    await world.work({ ...world.deps, store: { ...world.deps.store, load } });
    expect(loads).toBe(1);
  });

  it("whose account is not configured here is not sent, and tried again", async () => {
    const world = new World();
    const id = await world.created();
    await world.work({ ...world.deps, settings: { ...world.deps.settings, account: async () => null } });
    expect(world.attempts(id)).toMatchObject([{ status: "calling" }]);
    expect(world.gateway.requests).toEqual([]);
    await world.later(SECOND);
    expect(world.payment(id).status).toBe("succeeded");
  });
});

describe("another gateway", () => {
  it("is tried at once where the first was never reached, and the payment succeeds there", async () => {
    const world = new World({ accounts: 2 });
    world.gateway.next("send", says.notSent);
    const id = await world.created();
    await world.work();
    expect(world.attempts(id)).toMatchObject([
      { status: "not_sent", accountId: anAccount(1).id },
      { status: "succeeded", accountId: anAccount(2).id },
    ]);
    expect(world.gateway.net).toBe(1_000);
  });

  it("is not tried while the outcome is unknown, whatever time passes", async () => {
    const world = new World({ accounts: 3 });
    world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 100 }, () => says.unknown));
    const id = await world.created();
    await world.later(30 * DAY);
    expect(world.attempts(id)).toHaveLength(1);
    expect(world.payment(id).status).toBe("processing");
    expect(world.cases()).toEqual(["unknown_outcome"]);
    expect(broken(world.tables)).toEqual([]);
    await world.later(100 * DAY);
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases()).toEqual([]);
    expect(world.gateway.net).toBe(1_000);
  });
});

describe("a gateway that is down for a minute", () => {
  it("costs a minute and no payment", async () => {
    const world = new World();
    world.gateway.next("send", ...Array.from({ length: 5 }, () => says.notSent));
    const id = await world.created();
    await world.later(2 * MINUTE);
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.gateway.net).toBe(1_000);
  });

  it("may lose requests and answers alike: each is found out", async () => {
    for (const script of ["answer lost", "request lost"] as const) {
      const world = new World();
      world.gateway.next("send", script).next("find", says.unknown, says.unknown, says.notSent);
      const id = await world.created();
      await world.later(HOUR);
      expect(world.payment(id).status).toBe("succeeded");
      expect(world.gateway.net).toBe(1_000);
      expect(broken(world.tables)).toEqual([]);
    }
  });
});

describe("a job delivered twice", () => {
  it("is held by the first: the second delivery gets no lease", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created();
    const first = await world.start();
    expect(await world.claim(first.job.id)).toBeNull();
    expect(await world.claim()).toBeNull();
    held.answer(() => says.unknown);
    await first.end;
    expect(broken(world.tables)).toEqual([]);
    await world.later(10 * MINUTE);
    expect([world.payment(id).status, world.gateway.net]).toEqual(["succeeded", 1_000]);
  });

  it("to a runner that slept through its lease: it neither sends nor deletes the job of who took over", async () => {
    const world = new World();
    const id = await world.created();
    const slow = (await world.claim())!;
    world.clock.jump(MONEY_LEASE_MS + 1);
    const held = new Held();
    world.gateway.next("send", held);
    const quick = await world.start();
    await runJob(world.deps, slow);
    expect(world.gateway.count("send")).toBe(1);
    expect(world.job(id)).toMatchObject({ kind: "ask", leaseToken: quick.job.leaseToken });
    held.answer((attempt) => says.succeeded(attempt));
    await quick.end;
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("to two runners of which the one without the lease is faster: it does not begin", async () => {
    const world = new World();
    const id = await world.created();
    const slow = (await world.claim())!;
    world.clock.jump(MONEY_LEASE_MS + 1);
    const owner = (await world.claim())!;
    await runJob(world.deps, slow);
    expect(world.gateway.requests).toEqual([]);
    expect(world.job(id)).toMatchObject({ kind: "charge", leaseToken: owner.leaseToken });
    await runJob(world.deps, owner);
    expect([world.payment(id).status, world.gateway.net]).toEqual(["succeeded", 1_000]);
  });

  it("of a capture, to a runner that slept through its lease: it does not send beside who took over", async () => {
    const world = new World();
    const id = await world.authorized();
    void capturePayment(diesOnceWritten(world.deps), world.caller(), { paymentId: id });
    await world.clock.advance(MONEY_LEASE_MS);
    const slow = (await world.claim())!;
    world.clock.jump(MONEY_LEASE_MS + 1);
    const held = new Held();
    world.gateway.next("send", held);
    const quick = await world.start();
    await runJob(world.deps, slow);
    expect(world.gateway.count("send", "capture")).toBe(1);
    expect(world.attempts(id)).toMatchObject([{}, { status: "calling", sends: 1 }]);
    held.answer((attempt) => says.succeeded(attempt));
    await quick.end;
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
  });

  it("whose payment others change without a pause keeps its job, which comes back", async () => {
    const world = new World();
    const id = await world.created();
    const job = (await world.claim())!;
    const store = { ...world.deps.store, commit: () => Promise.resolve("stale" as const) };
    expect(await runAttempt({ ...world.deps, store }, job)).toMatchObject({ outcome: "retry" });
    expect(world.job(id)).toBeDefined();
  });

  it("after its payment ended is obsolete", async () => {
    const world = new World();
    await world.created();
    const job = (await world.claim())!;
    await runJob(world.deps, job);
    expect(await runAttempt(world.deps, job)).toEqual({ outcome: "obsolete" });
  });
});
