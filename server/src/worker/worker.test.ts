import { describe, expect, it } from "vitest";
import { drain } from "../../../test/support/flows/fake-clock.ts";
import { Held } from "../../../test/support/flows/gateway.ts";
import { broken } from "../../../test/support/flows/invariants.ts";
import { anEndpoint, MINUTE, says, SECOND } from "../../../test/support/flows/rows.ts";
import { World, type WorldOptions } from "../../../test/support/flows/world.ts";
import { DRAIN_MS, LANE_LIMIT_ENDPOINT, POLL_MS } from "../core/constants.ts";
import type { QueueName } from "../core/queues.ts";
import type { ClaimWish } from "../core/ports/store.ts";
import { StoreUnavailable } from "../core/ports/store.ts";
import type { Deps } from "../flows/deps.ts";
import { startWorker } from "./worker.ts";

/** A world with a worker; hints reach it as those of its own process do. */
function working(options: WorldOptions = {}, change: (deps: Deps) => Deps = (deps) => deps) {
  const world = new World(options);
  let wake: (queue: QueueName) => void = () => {};
  const queue = { ...world.deps.queue, onHint: (callback: typeof wake) => void (wake = callback) };
  const worker = startWorker(change({ ...world.deps, queue }));
  return { world, worker, hint: (name: QueueName) => wake(name) };
}

describe("a worker", () => {
  it("finds due jobs by polling, without any hint", async () => {
    const { world, worker } = working({ endpoints: 1 });
    await drain();
    const id = await world.created();
    await world.clock.advance(POLL_MS);
    expect(world.payment(id).status).toBe("succeeded");
    await world.clock.advance(POLL_MS);
    expect(world.receiver.got).toHaveLength(1);
    await worker.stop();
  });

  it("is woken by a hint and need not wait for the poll", async () => {
    const { world, worker, hint } = working();
    await drain();
    const id = await world.created();
    hint("payment-queue");
    await drain();
    expect(world.payment(id).status).toBe("succeeded");
    await worker.stop();
  });

  it("goes on at once while claims come back full", async () => {
    const { world, worker, hint } = working();
    await drain();
    for (let i = 0; i < 350; i++) await world.created();
    hint("payment-queue");
    await drain(100);
    expect([...world.tables.payments.values()].every((payment) => payment.status === "succeeded")).toBe(true);
    await worker.stop();
  });

  it("beside another one does each job once", async () => {
    const { world, worker } = working({ endpoints: 1 });
    const other = startWorker(world.deps);
    for (let i = 0; i < 50; i++) await world.created();
    for (let i = 0; i < 6; i++) await world.clock.advance(POLL_MS);
    expect(world.gateway.count("send")).toBe(50);
    expect(world.receiver.got).toHaveLength(50);
    expect(broken(world.tables)).toEqual([]);
    await Promise.all([worker.stop(), other.stop()]);
  });

  it("keeps going when the store throws, and is well again by itself", async () => {
    let down = true;
    const { world, worker } = working({}, (deps) => {
      const claim = (request: ClaimWish) => (down ? Promise.reject(new StoreUnavailable("restarting")) : deps.store.claim(request));
      return { ...deps, store: { ...deps.store, claim } };
    });
    const id = await world.created();
    await world.clock.advance(MINUTE);
    expect(world.payment(id).status).toBe("pending");
    expect(world.logs.length).toBeLessThanOrEqual(3 * (MINUTE / POLL_MS + 1));
    down = false;
    await world.clock.advance(2 * POLL_MS);
    expect(world.payment(id).status).toBe("succeeded");
    await worker.stop();
  });
});

describe("one endpoint that is dead beside a healthy one", () => {
  it("gets at most 32 calls at once, and the healthy one is served", async () => {
    const stuck: (() => void)[] = [];
    const { world, worker } = working({ endpoints: 2 }, (deps) => ({
      ...deps,
      webhooks: {
        send: async (message) => {
          if (message.endpoint.id === anEndpoint(1).id) await new Promise<void>((resolve) => stuck.push(resolve));
          return deps.webhooks.send(message);
        },
      },
    }));
    for (let i = 0; i < 200; i++) await world.created();
    for (let i = 0; i < 40; i++) await world.clock.advance(POLL_MS);
    expect(stuck).toHaveLength(LANE_LIMIT_ENDPOINT);
    expect(world.receiver.got.filter((message) => message.endpoint.id === anEndpoint(2).id)).toHaveLength(200);
    for (let i = 0; i < 20; i++) {
      for (const release of stuck.splice(0)) release();
      await drain();
    }
    await worker.stop();
  });
});

describe("stopping", () => {
  it("claims nothing more and waits for the call under way", async () => {
    const { world, worker, hint } = working();
    const held = new Held();
    world.gateway.next("send", held);
    const id = await world.created();
    hint("payment-queue");
    await world.clock.advance(POLL_MS);
    expect(worker.busy()).toBe(1);
    let stopped = false;
    const stopping = worker.stop().then(() => (stopped = true));
    const later = await world.created();
    await world.clock.advance(10 * SECOND);
    expect(stopped).toBe(false);
    held.answer((attempt) => says.succeeded(attempt));
    await world.clock.until(stopping);
    expect([world.payment(id).status, world.payment(later).status, worker.busy()]).toEqual(["succeeded", "pending", 0]);
  });

  it("leaves after the drain time; unfinished jobs come back with their lease", async () => {
    const { world, worker } = working();
    world.gateway.next("send", new Held());
    const id = await world.created();
    await world.clock.advance(POLL_MS);
    const started = world.clock.now();
    await world.clock.until(worker.stop());
    expect(world.clock.now() - started).toBe(DRAIN_MS);
    await world.later(10 * MINUTE);
    expect(world.payment(id).status).toBe("succeeded");
    expect(broken(world.tables)).toEqual([]);
  });

  it("of an idle worker takes no time, also while the store does not answer", async () => {
    const { world, worker } = working({}, (deps) => ({
      ...deps,
      store: { ...deps.store, claim: () => Promise.reject(new StoreUnavailable("gone")) },
    }));
    await world.clock.advance(SECOND);
    await worker.stop();
    expect(worker.busy()).toBe(0);
  });
});
