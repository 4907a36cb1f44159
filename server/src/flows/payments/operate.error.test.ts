/** What a merchant is answered where the store or another request is in the way. */
import { describe, expect, it } from "vitest";
import { diesOnceWritten } from "../../../../test/support/flows/crash.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { MINUTE, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import type { Change } from "../../core/change.ts";
import { MONEY_LEASE_MS } from "../../core/constants.ts";
import { StoreUnavailable, type Store } from "../../core/ports/store.ts";
import type { Answer, Caller } from "../idempotency.ts";
import type { Deps } from "../deps.ts";
import { cancelPayment, capturePayment, confirmPayment } from "./operations.ts";
import { createPayment } from "./create.ts";

type Act = (deps: Deps, caller: Caller, paymentId: string) => Promise<Answer>;

const acts: readonly (readonly [name: string, act: Act, status: "created" | "authorized"])[] = [
  ["confirm", (deps, caller, paymentId) => confirmPayment(deps, caller, { paymentId, method: null, returnUrl: null }), "created"],
  ["capture", (deps, caller, paymentId) => capturePayment(deps, caller, { paymentId }), "authorized"],
  ["cancel", (deps, caller, paymentId) => cancelPayment(deps, caller, { paymentId }), "authorized"],
];

function made(world: World, status: "created" | "authorized"): Promise<string> {
  return status === "created" ? world.created({ confirm: false, captureMethod: "manual" }) : world.authorized();
}

function withStore(world: World, change: Partial<Store>): Deps {
  return { ...world.deps, store: { ...world.deps.store, ...change } };
}

/** A key that another process is just writing: it cannot be claimed, and nobody can see it yet. */
function keyBeingWritten(world: World): Deps {
  const commit = (change: Change) => (change.idempotency ? Promise.resolve("duplicate" as const) : world.deps.store.commit(change));
  return withStore(world, { commit, findIdempotent: () => Promise.resolve(null) });
}

describe.each(acts)("%s", (name, act, status) => {
  it("under a key that is just being written is told to come again, and changes nothing", async () => {
    const world = new World();
    const id = await made(world, status);
    const before = world.payment(id);
    await expect(act(keyBeingWritten(world), world.caller("k"), id)).rejects.toMatchObject({
      code: "idempotency_in_progress",
      status: 409,
    });
    expect(world.payment(id)).toEqual(before);
  });

  it.each([undefined, "k"])("that is refused (key: %s) throws the refusal, with the payment's id, and keeps nothing (R1)", async (key) => {
    const world = new World();
    const id = await world.created();
    await world.work();
    await expect(act(world.deps, world.caller(key), id)).rejects.toMatchObject({ code: "invalid_state", details: { paymentId: id } });
    expect(world.tables.idempotency.size).toBe(0);
  });

  it("fails where the store cannot tell, and a repeat is decided on what was written", async () => {
    const world = new World();
    const id = await made(world, status);
    // The commit went through; its answer was lost.
    const commit = async (change: Change) => {
      await world.deps.store.commit(change);
      throw new StoreUnavailable("connection lost");
    };
    await expect(act(withStore(world, { commit }), world.caller("k"), id)).rejects.toBeInstanceOf(StoreUnavailable);
    const again = await world.clock.until(act(world.deps, world.caller("k"), id));
    expect(again.status).toBe(200);
    await world.later(MINUTE);
    expect(world.payment(id).status).toBe(name === "confirm" ? "authorized" : name === "capture" ? "succeeded" : "canceled");
    expect(world.gateway.count("send", name === "confirm" ? "charge" : name === "capture" ? "capture" : "void")).toBe(1);
    expect(broken(world.tables)).toEqual([]);
  });

  it("where others change the payment without a pause gives up, and has written nothing", async () => {
    const world = new World();
    const id = await made(world, status);
    const before = world.payment(id);
    const store = withStore(world, { commit: () => Promise.resolve("stale") });
    await expect(act(store, world.caller("k"), id)).rejects.toMatchObject({
      code: "rate_limited",
      status: 429,
      details: { retryAfterMs: 1_000 },
    });
    expect([world.payment(id), world.tables.idempotency.size]).toEqual([before, 0]);
  });
});

describe("confirming without a method", () => {
  it("is no answer to keep: the same key may be used with a method", async () => {
    const world = new World();
    const id = await world.created({ method: null });
    const confirm = (method: Parameters<typeof confirmPayment>[2]["method"]) =>
      world.clock.until(confirmPayment(world.deps, world.caller("k"), { paymentId: id, method, returnUrl: null }));
    await expect(confirm(null)).rejects.toMatchObject({ code: "method_required", status: 400 });
    expect(world.tables.idempotency.size).toBe(0);
    expect(await confirm(world.input().method)).toMatchObject({ status: 200, replayed: false });
  });
});

describe("a create", () => {
  it("whose key is just being written is told to come again", async () => {
    const world = new World();
    const deps = withStore(world, { create: () => Promise.resolve("duplicate"), findIdempotent: () => Promise.resolve(null) });
    await expect(createPayment(deps, world.caller("k"), world.input())).rejects.toMatchObject({ code: "idempotency_in_progress" });
    expect(world.tables.payments.size).toBe(0);
  });

  it("that is repeated while the job cannot be taken waits all the same, for a worker that can", async () => {
    const world = new World();
    void createPayment(diesOnceWritten(world.deps), world.caller("k"), world.input({ confirm: true }));
    await world.clock.advance(MONEY_LEASE_MS);
    const deps = withStore(world, { take: () => Promise.reject(new StoreUnavailable("overloaded")) });
    const answering = createPayment(deps, world.caller("k"), world.input({ confirm: true }));
    await world.clock.advance(SECOND);
    await world.work();
    const answer = await world.clock.until(answering);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([201, { status: "succeeded" }]);
    expect(world.gateway.count("send")).toBe(1);
    expect(world.logs).toMatchObject([{ level: "warn", message: "a synchronous run failed; its job goes on" }]);
  });
});
