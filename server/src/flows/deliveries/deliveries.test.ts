import { describe, expect, it } from "vitest";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { anEndpoint, DAY, HOUR, MINUTE, says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { MONEY_LEASE_MS, WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import type { Channel } from "../../core/ports/channel.ts";
import { runJob } from "../../flows/jobs/run.ts";
import { setEndpoint } from "../setup/endpoint.ts";
import { failures, owing, sendAgain } from "./sending.testing.ts";

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

  it("whose endpoint was deleted is canceled, and the log says so", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.tables.endpoints.clear();
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "canceled", tries: 0, nextTryAt: null, finishedAt: world.clock.now() }]);
    expect(world.tables.jobs.size).toBe(0);
    expect(world.receiver.got).toEqual([]);
    expect(world.logs.filter((line) => line.level === "warn").map((line) => line.message)).toEqual([
      "a webhook is given up: its endpoint was deleted",
    ]);
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
    await sendAgain(world);
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
