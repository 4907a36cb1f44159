import { describe, expect, it } from "vitest";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { anEndpoint, DAY, HOUR, MINUTE, says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { COMMIT_TRIES_MAX, MONEY_LEASE_MS, WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import type { Channel } from "../../core/ports/channel.ts";
import type { Store } from "../../core/ports/store.ts";
import { iso } from "../../core/time.ts";
import { runJob } from "../../flows/jobs/run.ts";
import { Contended } from "../commit.ts";
import { setEndpoint } from "../setup/endpoint.ts";
import { retryDelivery } from "./retry.ts";

/** A payment that succeeded, whose webhook is due and not sent yet. */
async function owing(world: World): Promise<void> {
  await world.created();
  await (
    await world.start()
  ).end;
  expect(world.deliveries).toMatchObject([{ status: "pending", tries: 0 }]);
}

const failures = (count: number) => Array.from({ length: count }, () => ({ statusCode: 500 }));

describe("a webhook to the merchant", () => {
  it("that is taken is done, with its try in the log", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push({ statusCode: 204, response: "thanks", durationMs: 12 });
    await world.work();
    expect(world.deliveries).toMatchObject([
      { status: "succeeded", tries: 1, lastStatusCode: 204, nextTryAt: null, finishedAt: world.clock.now() },
    ]);
    expect(world.tables.tries).toMatchObject([{ n: 1, statusCode: 204, response: "thanks", durationMs: 12, error: null }]);
    expect(world.tables.jobs.size).toBe(0);
  });

  it("is tried five times: at once, after 1 m, 5 m, 30 m and 2 h, with the same bytes", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    const start = world.clock.now();
    world.receiver.script.push(...failures(9));
    await world.later(DAY);
    expect(world.tables.tries.map((entry) => entry.at - start)).toEqual([0, 1, 6, 36, 156].map((minutes) => minutes * MINUTE));
    expect(world.tables.tries.map((entry) => entry.n)).toEqual([1, 2, 3, 4, 5]);
    expect(world.deliveries).toMatchObject([{ status: "failed", tries: 5, lastStatusCode: 500, nextTryAt: null }]);
    expect(new Set(world.receiver.got.map((message) => message.event.body)).size).toBe(1);
    expect(world.tables.jobs.size).toBe(0);
  });

  it.each([
    ["a redirect", { statusCode: 302 }],
    ["a client error", { statusCode: 404 }],
    ["a timeout", { statusCode: null, error: "timeout" }],
    ["a blocked address", { statusCode: null, error: "blocked_address" }],
  ])("that meets %s is tried again", async (_, result) => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(result);
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "pending", tries: 1, nextTryAt: world.clock.now() + MINUTE }]);
    expect(broken(world.tables)).toEqual([]);
  });

  it.each([
    ["honoured", 10 * MINUTE, 10 * MINUTE],
    ["not shorter than the schedule", SECOND, MINUTE],
    ["not believed beyond an hour", 400 * DAY, HOUR],
  ])("whose receiver sends Retry-After: %s", async (_, retryAfterMs, gap) => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push({ statusCode: 503, retryAfterMs });
    await world.work();
    expect(world.deliveries[0]!.nextTryAt).toBe(world.clock.now() + gap);
  });

  it("follows the endpoint's own schedule where it has one", async () => {
    const world = new World({ endpoints: 1 });
    world.tables.endpoints.set(anEndpoint(1).id, anEndpoint(1, { retryIntervalsMs: [0, 7 * SECOND] }));
    await owing(world);
    const start = world.clock.now();
    world.receiver.script.push(...failures(3));
    await world.later(HOUR);
    expect(world.tables.tries.map((entry) => entry.at - start)).toEqual([0, 7 * SECOND]);
  });

  it("keeps at most 8 KiB of what the receiver answered", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push({ statusCode: 200, response: "x".repeat(100_000) });
    await world.work();
    expect(world.tables.tries[0]!.response).toHaveLength(WEBHOOK_RESPONSE_KEPT_BYTES);
  });

  it("whose receiver is gone (410) disables the endpoint, and with it what else it is owed", async () => {
    const world = new World({ endpoints: 1 });
    await world.created();
    await world.created();
    world.receiver.script.push({ statusCode: 410 });
    await world.work();
    expect(world.tables.endpoints.get(anEndpoint(1).id)!.status).toBe("disabled");
    expect(world.deliveries.map((row) => row.status)).toEqual(["canceled", "canceled"]);
    expect(world.receiver.got).toHaveLength(1);
    await world.created();
    await world.work();
    expect(world.deliveries).toHaveLength(2);
  });

  it("to an endpoint that is gone is canceled, not lost in silence", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.tables.endpoints.clear();
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "canceled", tries: 0, nextTryAt: null, finishedAt: world.clock.now() }]);
    expect(world.tables.jobs.size).toBe(0);
    expect(world.receiver.got).toEqual([]);
  });

  it("goes to the URL that was set while the bank was still being asked", async () => {
    const world = new World({ endpoints: 1 });
    const held = new Held();
    world.gateway.next("send", held);
    await world.created();
    const running = await world.start();
    await setEndpoint(world.deps, scope, { url: "https://other.example/hook" });
    held.answer((attempt) => says.succeeded(attempt));
    await running.end;
    await world.work();
    expect(world.receiver.got.map((message) => message.endpoint.url)).toEqual(["https://other.example/hook"]);
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 1 }]);
  });

  it("goes on at the new URL where another one is set between two tries, and may be sent again there by hand", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push({ statusCode: 500 });
    await world.work();
    await setEndpoint(world.deps, scope, { url: "https://other.example/hook" });
    await world.later(MINUTE);
    await retryDelivery(world.deps, scope, world.deliveries[0]!.id);
    await world.work();
    expect(world.receiver.got.map((message) => message.endpoint.url)).toEqual([
      anEndpoint(1).url,
      "https://other.example/hook",
      "https://other.example/hook",
    ]);
  });

  it("whose sending throws is tried again, and after many failures a person is told; it is never dropped", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(...Array.from({ length: 12 }, () => new Error("a bug of ours")));
    await world.later(10 * HOUR);
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "dead_job", status: "resolved" }]);
    expect(world.deliveries).toMatchObject([{ status: "succeeded" }]);
  });

  it("that was changed while it was on its way is not written over: its job comes back and looks again", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    const job = (await world.claim())!;
    const [delivery] = world.deliveries;
    const send = world.receiver.send.bind(world.receiver);
    const webhooks: Channel = {
      send: async (message) => {
        world.tables.deliveries.set(delivery!.id, { ...delivery!, status: "canceled", finishedAt: world.clock.now() });
        return send(message);
      },
    };
    await runJob({ ...world.deps, webhooks }, job);
    expect(world.deliveries).toMatchObject([{ status: "canceled", tries: 0 }]);
    expect(world.tables.tries).toEqual([]);
    await world.later(MINUTE);
    expect(world.receiver.got).toHaveLength(1);
    expect(world.tables.jobs.size).toBe(0);
  });

  it("sent by two workers, since the first lost its lease, is recorded once", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    const slow = (await world.claim())!;
    world.clock.jump(MONEY_LEASE_MS + 1);
    await world.work();
    await runJob(world.deps, slow);
    expect(world.receiver.got).toHaveLength(1);
    expect(world.tables.tries).toHaveLength(1);
  });
});

describe("sending again by hand", () => {
  it("starts the schedule anew, and the log goes on", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(...failures(5 + 2));
    await world.later(DAY);
    const start = world.clock.now();
    await retryDelivery(world.deps, scope, world.deliveries[0]!.id);
    await world.later(DAY);
    expect(world.tables.tries.slice(5).map((entry) => [entry.n, entry.at - start])).toEqual([
      [6, 0],
      [7, MINUTE],
      [8, 6 * MINUTE],
    ]);
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 8 }]);
  });

  it("may repeat one that succeeded", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    await retryDelivery(world.deps, scope, world.deliveries[0]!.id);
    await world.work();
    expect(world.receiver.got.map((message) => message.event.id)).toEqual([
      world.receiver.got[0]!.event.id,
      world.receiver.got[0]!.event.id,
    ]);
  });

  it("twice at once is sent once: the second is told that it is being tried", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    const [delivery] = world.deliveries;
    const both = [retryDelivery(world.deps, scope, delivery!.id), retryDelivery(world.deps, scope, delivery!.id)];
    expect(await Promise.allSettled(both)).toMatchObject([
      { status: "fulfilled" },
      {
        status: "rejected",
        reason: { code: "invalid_state", message: `This delivery is still being tried. Next try at ${iso(world.clock.now())}.` },
      },
    ]);
    await world.work();
    expect(world.receiver.got).toHaveLength(2);
    expect(world.tables.tries.map((entry) => entry.n)).toEqual([1, 2]);
  });

  it("decided upon before another one was sent never sets the tries back: it decides again, and the log goes on", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(...failures(5));
    await world.later(DAY);
    const { id } = world.deliveries[0]!;
    let looked = 0;
    const store: Store = {
      ...world.deps.store,
      delivery: async (of, wanted) => {
        const load = await world.deps.store.delivery(of, wanted);
        if (++looked > 1) return load;
        // Between this person's look and write another one has it sent, and it arrives.
        await retryDelivery(world.deps, scope, id);
        await world.work();
        return load;
      },
    };
    await retryDelivery({ ...world.deps, store }, scope, id);
    await world.work();
    expect(world.tables.tries.map((entry) => entry.n)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 7, scheduleStart: 6 }]);
    expect(world.tables.jobs.size).toBe(0);
    expect(broken(world.tables)).toEqual([]);
  });

  it("gives up where others are faster each time", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    let commits = 0;
    const store: Store = { ...world.deps.store, commit: async () => (commits++, "stale") };
    await expect(retryDelivery({ ...world.deps, store }, scope, world.deliveries[0]!.id)).rejects.toThrow(Contended);
    expect(commits).toBe(COMMIT_TRIES_MAX);
  });

  it("is refused while it is still being tried", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await expect(retryDelivery(world.deps, scope, world.deliveries[0]!.id)).rejects.toMatchObject({ code: "invalid_state" });
  });

  it("is refused where its endpoint is gone", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    world.tables.endpoints.clear();
    await expect(retryDelivery(world.deps, scope, world.deliveries[0]!.id)).rejects.toMatchObject({ code: "invalid_state" });
  });

  it("of somebody else's delivery is not found", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    await expect(retryDelivery(world.deps, { ...scope, mode: "live" }, world.deliveries[0]!.id)).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
