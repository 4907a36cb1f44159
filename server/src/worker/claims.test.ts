/** How a worker claims jobs: how many, when, and in whose turn. The store is a stub that has endless jobs; none of them ends by itself. */
import { describe, expect, it } from "vitest";
import { drain } from "../../../test/support/flows/fake-clock.ts";
import { aJob, numberedId } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { CLAIM_BATCH, DRAIN_MS, LANE_LIMIT_ENDPOINT, MONEY_LEASE_MS, POLL_MS, WEBHOOK_LEASE_MS, WORKER_SLOTS } from "../core/constants.ts";
import type { QueueName } from "../core/queues.ts";
import type { ClaimWish, Store } from "../core/ports/store.ts";
import { startWorker, type Worker } from "./worker.ts";

interface Given {
  /** Jobs that are due at each claim; endless if left out. */
  readonly due?: () => number;
  readonly laneOf?: (n: number) => string;
  /** Called while a claim is under way. */
  readonly during?: () => unknown;
}

/** A worker whose webhook jobs wait until they are let go. */
class Busy {
  readonly world = new World();
  readonly requests: ClaimWish[] = [];
  readonly held: (() => void)[] = [];
  readonly worker: Worker;
  #wake: (queue: QueueName) => void = () => {};
  #made = 0;

  constructor({ due = () => Infinity, laneOf = (n) => `lane ${n}`, during = () => {} }: Given = {}) {
    const { deps } = this.world;
    const claim: Store["claim"] = async (request) => {
      if (request.queue !== "webhook-queue") return { jobs: [], cursor: "" };
      this.requests.push(request);
      const count = Math.min(request.limit, due());
      await during();
      const jobs = Array.from({ length: count }, () => {
        const n = ++this.#made;
        const about = {
          id: numberedId("job", n),
          queue: request.queue,
          kind: "webhook" as const,
          lane: laneOf(n),
          leaseToken: request.token,
        };
        return aJob(about);
      });
      return { jobs, cursor: `cursor ${this.requests.length}` };
    };
    const delivery: Store["delivery"] = () => new Promise((resolve) => this.held.push(() => resolve(null)));
    const queue = { ...deps.queue, onHint: (callback: (queue: QueueName) => void) => void (this.#wake = callback) };
    this.worker = startWorker({ ...deps, queue, store: { ...deps.store, claim, delivery } });
  }

  hint(): void {
    this.#wake("webhook-queue");
  }

  /** Lets so many of them end. */
  async release(count: number): Promise<void> {
    for (const end of this.held.splice(0, count)) end();
    await drain();
  }

  async stop(): Promise<void> {
    await this.world.clock.until(this.worker.stop());
  }
}

describe("a worker with endless work", () => {
  it("takes it in batches until all its slots are taken, and then asks for nothing", async () => {
    const busy = new Busy();
    await drain(300);
    expect(busy.worker.busy()).toBe(WORKER_SLOTS);
    expect(busy.requests).toHaveLength(WORKER_SLOTS / CLAIM_BATCH);
    for (let i = 0; i < 5; i++) await busy.world.clock.advance(POLL_MS);
    expect(busy.requests).toHaveLength(WORKER_SLOTS / CLAIM_BATCH);
    await busy.stop();
  });

  it("asks again as soon as slots are free, for as many as there are, and waits for no poll", async () => {
    const busy = new Busy();
    await drain(300);
    const before = busy.requests.length;
    await busy.release(1);
    expect(busy.requests.slice(before).map(({ limit }) => limit)).toEqual([1]);
    expect(busy.worker.busy()).toBe(WORKER_SLOTS);
    await busy.release(250);
    expect(busy.worker.busy()).toBe(WORKER_SLOTS);
    expect(busy.requests.slice(before + 1).reduce((sum, { limit }) => sum + limit, 0)).toBeGreaterThanOrEqual(250);
    await busy.stop();
  });

  it("asks again at once after it got as many as there was room for, though slots became free meanwhile", async () => {
    let during = async (): Promise<void> => undefined;
    const busy = new Busy({ during: () => during() });
    await drain(300);
    during = async () => {
      during = async () => undefined;
      await busy.release(5);
    };
    await busy.release(1);
    await drain(300);
    expect(busy.worker.busy()).toBe(WORKER_SLOTS);
    await busy.stop();
  });

  it("stops with its slots full: jobs that outlast the drain time are left to their lease", async () => {
    const busy = new Busy();
    await drain(300);
    const startedAt = busy.world.clock.now();
    const claims = busy.requests.length;
    await busy.stop();
    expect(busy.world.clock.now() - startedAt).toBe(DRAIN_MS);
    expect(busy.requests).toHaveLength(claims);
  });
});

it("a worker goes on with a lane that got all that it was offered soon after one of its jobs has ended, and waits for no poll", async () => {
  const due = [LANE_LIMIT_ENDPOINT, LANE_LIMIT_ENDPOINT];
  const busy = new Busy({ due: () => due.shift() ?? 0, laneOf: () => "slow" });
  await drain();
  expect([busy.worker.busy(), busy.requests.length]).toEqual([LANE_LIMIT_ENDPOINT, 1]);
  await busy.release(10);
  await busy.world.clock.advance(POLL_MS / 50);
  expect(busy.requests.slice(1).map(({ room }) => room.get("slow"))).toEqual([10]);
  await busy.stop();
});

it("a worker whose last job has ended asks nothing before its poll: what comes is hinted at", async () => {
  const due = [1];
  const busy = new Busy({ due: () => due.shift() ?? 0 });
  await drain();
  expect([busy.worker.busy(), busy.requests.length]).toEqual([1, 1]);
  await busy.release(1);
  expect([busy.worker.busy(), busy.requests.length]).toEqual([0, 1]);
  await busy.world.clock.advance(POLL_MS);
  expect(busy.requests).toHaveLength(2);
  await busy.stop();
});

describe("a claim", () => {
  it("goes on after the last one, so that each lane has its turn", async () => {
    const busy = new Busy({ due: () => 1 });
    for (let i = 0; i < 3; i++) await busy.world.clock.advance(POLL_MS);
    expect(busy.requests.map(({ cursor }) => cursor)).toEqual(["", "cursor 1", "cursor 2", "cursor 3"].slice(0, busy.requests.length));
    expect(busy.requests.length).toBeGreaterThanOrEqual(3);
    await busy.stop();
  });

  it("passes the room of each busy lane, and no lane gets more than its limit", async () => {
    const busy = new Busy({ due: () => 3, laneOf: (n) => (n % 3 === 0 ? "b" : "a") });
    await drain();
    await busy.world.clock.advance(POLL_MS);
    expect(busy.requests[1]).toMatchObject({ perLane: LANE_LIMIT_ENDPOINT });
    expect([...busy.requests[1]!.room]).toEqual([
      ["a", LANE_LIMIT_ENDPOINT - 2],
      ["b", LANE_LIMIT_ENDPOINT - 1],
    ]);
    await busy.stop();
  });

  it("has a token of its own, and leases for as long as its queue's longest call and more", async () => {
    const seen: ClaimWish[] = [];
    const world = new World();
    const claim: Store["claim"] = (request) => (seen.push(request), world.deps.store.claim(request));
    const worker = startWorker({ ...world.deps, store: { ...world.deps.store, claim } });
    await world.clock.advance(3 * POLL_MS);
    expect(new Set(seen.map(({ token }) => token)).size).toBe(seen.length);
    const leases = new Map(seen.map(({ queue, now, leaseUntil }) => [queue, leaseUntil - now]));
    expect(Object.fromEntries(leases)).toEqual({
      "payment-queue": MONEY_LEASE_MS,
      "refund-queue": MONEY_LEASE_MS,
      "webhook-queue": WEBHOOK_LEASE_MS,
    });
    await world.clock.until(worker.stop());
  });
});

describe("a hint", () => {
  it("that comes while a claim is under way is not lost: the next one follows at once", async () => {
    let hints = 0;
    const busy: Busy = new Busy({
      due: () => 0,
      during: () => {
        if (hints++ === 0) queueMicrotask(() => busy.hint());
      },
    });
    await drain();
    expect(busy.requests).toHaveLength(2);
    await drain();
    expect(busy.requests).toHaveLength(2);
    await busy.stop();
  });

  it("given many times at once is one claim", async () => {
    const busy = new Busy({ due: () => 0 });
    await drain();
    for (let i = 0; i < 100; i++) busy.hint();
    await drain();
    expect(busy.requests).toHaveLength(2);
    await busy.stop();
  });

  it("wakes no worker that has stopped", async () => {
    const busy = new Busy({ due: () => 0 });
    await drain();
    await busy.stop();
    const claims = busy.requests.length;
    busy.hint();
    await busy.world.clock.advance(10 * POLL_MS);
    expect(busy.requests).toHaveLength(claims);
  });
});
