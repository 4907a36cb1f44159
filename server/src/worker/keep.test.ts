/** Jobs that begin where they are made: what the rows say meanwhile, when none is kept, and that nothing hangs on it. */
import { describe, expect, it } from "vitest";
import { drain } from "../../../test/support/flows/fake-clock.ts";
import { Held } from "../../../test/support/flows/gateway.ts";
import { broken } from "../../../test/support/flows/invariants.ts";
import { aJob, anEndpoint, numberedId, says, scope, SECOND } from "../../../test/support/flows/rows.ts";
import { World, type WorldOptions } from "../../../test/support/flows/world.ts";
import { CLAIM_BATCH, KEY_CACHE_MS, LANE_LIMIT_ENDPOINT, MONEY_LEASE_MS, POLL_MS } from "../core/constants.ts";
import type { Job } from "../core/model.ts";
import { StoreUnavailable, type Store } from "../core/ports/store.ts";
import { createPayment, type CreatePaymentInput } from "../flows/payments/create.ts";
import { capturePayment } from "../flows/payments/operations.ts";
import { createKeeper } from "./keep.ts";
import { startWorker } from "./worker.ts";

/** A process that takes requests and works; `asked` is what its store was asked for, hints among it. */
function together(options: WorldOptions = {}, change: (store: Store) => Partial<Store> = () => ({})) {
  const world = new World(options);
  const asked: string[] = [];
  const { store } = world.deps;
  const noting = <Given extends readonly unknown[], Result>(name: string, call: (...given: Given) => Promise<Result>) => {
    return (...given: Given): Promise<Result> => (asked.push(name), call(...given));
  };
  const looks = { take: noting("take", store.take), findEvent: noting("findEvent", store.findEvent) };
  const counted = { load: noting("load", store.load), delivery: noting("delivery", store.delivery), ...looks };
  const keeper = createKeeper({ ...world.deps, store: { ...store, ...counted, ...change(store) } });
  const queue = { ...world.deps.queue, hint: (queues: readonly string[]) => void asked.push(...queues.map((name) => `hint ${name}`)) };
  const settings = keeper.noticing(world.deps.settings);
  const deps = { ...world.deps, queue, store: keeper.store, settings, keeping: keeper, isUnderWay: keeper.isUnderWay };
  const pay = async (over: Partial<CreatePaymentInput> = {}): Promise<string> => {
    const { body } = await createPayment(deps, world.caller(), world.input(over));
    return (JSON.parse(body) as { id: string }).id;
  };
  const insert = async (given: Partial<Job>): Promise<Job> => {
    const now = world.clock.now();
    const job = aJob({ queue: "webhook-queue", kind: "webhook", tries: 0, leaseToken: null, runAt: now, ...given });
    await keeper.store.commit({ ...scope, jobs: { insert: [job] } });
    return world.tables.jobs.get(job.id)!;
  };
  return { world, deps, asked, keeper, pay, insert, start: () => startWorker(deps) };
}

describe("a process that takes requests and works", () => {
  it("charges at once and sends the webhook at once, with no claim, no load and no hint once it knows the merchant", async () => {
    const claimed: Job[] = [];
    const claim =
      (store: Store): Store["claim"] =>
      async (wish) => {
        const found = await store.claim(wish);
        claimed.push(...found.jobs);
        return found;
      };
    const { world, asked, pay, start } = together({ endpoints: 1 }, (store) => ({ claim: claim(store) }));
    const worker = start();
    await drain();
    const first = await pay();
    await drain(100);
    expect([world.payment(first).status, world.receiver.got.length]).toEqual(["succeeded", 1]);
    expect(asked).toEqual(["load", "delivery"]);
    asked.length = 0;
    const second = await pay();
    await drain(100);
    expect([world.payment(second).status, world.receiver.got.length]).toEqual(["succeeded", 2]);
    await world.clock.advance(POLL_MS);
    expect(asked).toEqual([]);
    expect(claimed).toEqual([]);
    expect([...world.tables.jobs.values()].filter(({ kind }) => kind !== "sweep")).toEqual([]);
    expect(broken(world.tables)).toEqual([]);
    await worker.stop();
  });

  it("runs the charge of a request that waits for it from what it wrote: nothing is taken, loaded or looked for", async () => {
    const { world, asked, pay, start } = together();
    const worker = start();
    await drain();
    await pay();
    await drain(100);
    asked.length = 0;
    const id = await world.clock.until(pay({ confirm: true }));
    expect([world.payment(id).status, asked]).toEqual(["succeeded", []]);
    expect(world.tables.jobs.size).toBe(0);
    await worker.stop();
  });

  it("runs the capture of a request that waits for it: nothing is taken, and no worker is told", async () => {
    const { world, asked, deps, pay, start } = together();
    const worker = start();
    await drain();
    const id = await pay({ captureMethod: "manual" });
    await drain(100);
    asked.length = 0;
    await world.clock.until(capturePayment(deps, world.caller(), { paymentId: id }));
    expect([world.payment(id).status, asked.filter((name) => name !== "load")]).toEqual(["succeeded", []]);
    await worker.stop();
  });

  it("has its jobs leased while they are under way, so that another gets them only when it has died", async () => {
    const { world, deps, pay, start } = together();
    const held = new Held();
    world.gateway.next("send", held);
    const worker = start();
    await drain();
    const id = await pay();
    await drain(100);
    // The charge is written as begun, and its job asks what became of it, should this process be gone when the lease ends.
    expect([...world.tables.jobs.values()]).toMatchObject([{ kind: "ask", tries: 1, runAt: world.clock.now() + MONEY_LEASE_MS }]);
    expect(await deps.store.take([...world.tables.jobs.keys()][0]!, world.clock.now(), 0, "another")).toBeNull();
    held.answer(says.succeeded);
    await drain(100);
    expect(world.payment(id).status).toBe("succeeded");
    await worker.stop();
  });
});

describe("a job is born free, and its queue told of it,", () => {
  const free = { leaseToken: null, tries: 0 };

  it.each<[string, Partial<Job>]>([
    ["whose time has not come", { runAt: Date.UTC(2100, 0, 1) }],
    ["whose row may be there already", { kind: "sweep", queue: "payment-queue" }],
  ])("%s", async (_what, given) => {
    const { insert, start } = together();
    const worker = start();
    await drain();
    expect(await insert(given)).toMatchObject(free);
    await worker.stop();
  });

  it("where no worker is, where it has not looked yet, and where it stops", async () => {
    const { insert, start, asked, pay } = together();
    expect(await insert({ id: numberedId("job", 1) })).toMatchObject(free);
    const worker = start();
    expect(await insert({ id: numberedId("job", 2) })).toMatchObject(free);
    await drain();
    const stopping = worker.stop();
    expect(await insert({ id: numberedId("job", 3) })).toMatchObject(free);
    await stopping;
    await pay();
    expect(asked).toContain("hint payment-queue");
  });

  it("where older ones wait: a claim came back full", async () => {
    const due = (n: number): Job => aJob({ id: numberedId("job", 100 + n), lane: `lane ${n}`, kind: "webhook", leaseToken: "t" });
    const claims: ((jobs: readonly Job[]) => void)[] = [];
    const claim: Store["claim"] = ({ queue }) =>
      new Promise((resolve) => queue === "webhook-queue" && claims.push((jobs) => resolve({ jobs, cursor: "" })));
    const { insert, start } = together({}, () => ({ claim, delivery: () => new Promise(() => undefined) }));
    start();
    await drain();
    claims.shift()!(Array.from({ length: CLAIM_BATCH }, (_, n) => due(n)));
    await drain();
    expect(await insert({ id: numberedId("job", 1) })).toMatchObject(free);
    claims.shift()!([]);
    await drain();
    expect(await insert({ id: numberedId("job", 2) })).not.toMatchObject(free);
  });

  it("where its lane has no place: one receiver has no more than its share", async () => {
    const { insert, start, world } = together({}, () => ({ delivery: () => new Promise(() => undefined) }));
    start();
    await drain();
    for (let n = 0; n < LANE_LIMIT_ENDPOINT; n++) await insert({ id: numberedId("job", n), lane: "slow" });
    expect(world.tables.jobs.get(numberedId("job", 0))).not.toMatchObject(free);
    expect(await insert({ id: numberedId("job", 999), lane: "slow" })).toMatchObject(free);
    expect(await insert({ id: numberedId("job", 998), lane: "quick" })).not.toMatchObject(free);
  });
});

it("a receiver is busy with its calls only: what is being written of them keeps no other delivery from it", async () => {
  let isHeld = false;
  const commit =
    (store: Store): Store["commit"] =>
    (change) =>
      isHeld && change.delivery ? new Promise(() => undefined) : store.commit(change);
  const { world, pay, start, insert } = together({ endpoints: 1 }, (store) => ({ commit: commit(store) }));
  start();
  await drain();
  isHeld = true;
  for (let n = 0; n < LANE_LIMIT_ENDPOINT; n++) await pay();
  await drain(200);
  expect(world.receiver.got).toHaveLength(LANE_LIMIT_ENDPOINT);
  const lane = [...world.tables.deliveries.values()][0]!.endpointId;
  expect((await insert({ lane })).leaseToken).not.toBeNull();
});

describe("nothing begins", () => {
  it.each<[string, Store["commit"]]>([
    ["of what was refused", async () => "stale"],
    [
      "where nobody knows whether it was written",
      () => Promise.reject(new StoreUnavailable("connection lost", { mayHaveCommitted: true })),
    ],
  ])("%s, and its place is free again", async (_what, commit) => {
    const { deps, start, world } = together({}, () => ({ commit }));
    const worker = start();
    await drain();
    const insert = [aJob({ queue: "webhook-queue", kind: "webhook", tries: 0, leaseToken: null, runAt: world.clock.now() })];
    await deps.store.commit({ ...scope, jobs: { insert } }).catch(() => undefined);
    expect([worker.busy(), deps.isUnderWay(insert[0]!)]).toEqual([0, false]);
    await worker.stop();
  });
});

describe("what it remembers of the merchant", () => {
  it("fails no payment: one for which it knows no account is decided by the rows", async () => {
    const { world, pay, start, deps } = together();
    const worker = start();
    await drain();
    const account = [...world.tables.accounts.values()][0]!;
    const first = await pay();
    await drain(100);
    world.tables.accounts.set(account.id, { ...account, status: "disabled" });
    await world.clock.advance(KEY_CACHE_MS);
    // What it knows from now on is that there is none.
    await deps.store.load(scope, first);
    world.tables.accounts.set(account.id, account);
    const second = await pay();
    await drain(100);
    expect(world.payment(second).status).toBe("succeeded");
    await worker.stop();
  });

  it("is as old as a second where another process changed it", async () => {
    const { world, pay, start, asked } = together();
    const worker = start();
    await drain();
    await pay();
    await drain(100);
    world.tables.endpoints.set(anEndpoint(7).id, anEndpoint(7));
    asked.length = 0;
    await pay();
    await drain(100);
    expect(asked).not.toContain("load");
    await world.clock.advance(KEY_CACHE_MS);
    await pay();
    await drain(100);
    expect(asked.filter((what) => what === "load")).toHaveLength(1);
    await world.clock.advance(POLL_MS);
    expect(world.receiver.got).toHaveLength(1);
    await worker.stop();
  });

  it("is read anew at once where it was changed here, even while it was being read", async () => {
    const { world, deps, pay, start } = together();
    const worker = start();
    await drain();
    await pay();
    await drain(100);
    await deps.settings.addEndpoint(anEndpoint(7));
    await pay();
    await drain(100);
    expect(world.receiver.got).toHaveLength(1);
    const reading = deps.store.load(scope, await pay());
    await deps.settings.removeEndpoint(scope, anEndpoint(7).id);
    await reading;
    await drain(100);
    const before = world.receiver.got.length;
    await pay();
    await drain(100);
    await world.clock.advance(SECOND);
    expect(world.receiver.got.length).toBe(before);
    await worker.stop();
  });
});
