/** A receiver that answers 410 Gone: for a moment, for good, and back again. */
import { describe, expect, it } from "vitest";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { anEndpoint, DAY, HOUR, MINUTE, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { GONE_AFTER_MS } from "../../core/constants.ts";
import type { Store } from "../../core/ports/store.ts";
import { runJob } from "../jobs/run.ts";
import { setEndpoint } from "../setup/endpoint.ts";
import { changeEndpoint } from "../setup/endpoints.ts";
import { owing, sendAgain } from "./sending.testing.ts";

const gone = { statusCode: 410 };
const { id, url } = anEndpoint(1);
const endpointOf = (world: World) => world.tables.endpoints.get(id)!;
const warnings = (world: World) => world.logs.filter((line) => line.level === "warn").map((line) => line.message);
const SWITCHED_OFF = "a webhook endpoint is switched off; what it is owed waits until its URL is set again";

/** A payment's webhook was answered 410 for a minute. */
async function switchedOff(options: { readonly payments: number } = { payments: 1 }): Promise<World> {
  const world = new World({ endpoints: 1 });
  for (let n = 0; n < options.payments; n++) await world.created();
  world.receiver.script.push(...Array.from({ length: 2 * options.payments }, () => gone));
  await world.later(MINUTE);
  expect(endpointOf(world).status).toBe("disabled");
  world.receiver.script.length = 0;
  return world;
}

describe("a receiver that answers 410", () => {
  it("for less than a minute is not switched off, and gets everything (R6)", async () => {
    const world = new World({ endpoints: 1 });
    world.receiver.script.push(gone, gone, gone);
    for (let n = 0; n < 3; n++) await world.created();
    await world.work();
    await world.clock.advance(2 * SECOND);
    await world.created();
    await world.work();
    expect(endpointOf(world)).toMatchObject({ status: "enabled", goneSince: null });
    await world.later(MINUTE);
    expect(world.deliveries.map((row) => [row.status, row.tries])).toEqual([
      ["succeeded", 2],
      ["succeeded", 2],
      ["succeeded", 2],
      ["succeeded", 1],
    ]);
  });

  it("for a minute is switched off: with reason, time and one line of the log (U1)", async () => {
    const world = await switchedOff({ payments: 3 });
    expect(endpointOf(world)).toMatchObject({
      status: "disabled",
      disabledReason: "the receiver answered 410 Gone for a minute",
      disabledAt: world.clock.now(),
    });
    expect(warnings(world)).toEqual([SWITCHED_OFF]);
    expect(world.receiver.got).toHaveLength(4);
    expect(world.deliveries.map((row) => [row.status, row.nextTryAt])).toEqual(Array.from({ length: 3 }, () => ["pending", null]));
  });

  it.each([
    ["the same URL", url],
    ["another URL", "https://new.example/hook"],
  ])("and is switched off is owed what happens meanwhile: setting %s sends all of it in order (U1)", async (_, next) => {
    const world = await switchedOff();
    for (let n = 0; n < 3; n++) {
      await world.clock.advance(HOUR);
      await world.created();
      await world.work();
    }
    expect(world.deliveries.map((row) => [row.status, row.tries, row.nextTryAt])).toEqual([
      ["pending", 2, null],
      ["pending", 0, null],
      ["pending", 0, null],
      ["pending", 0, null],
    ]);
    expect(world.receiver.got).toHaveLength(2);
    expect(broken(world.tables)).toEqual([]);
    world.hints.length = 0;
    await setEndpoint(world.deps, scope, { url: next });
    expect(world.hints).toContain("webhook-queue");
    await world.work();
    const sent = world.receiver.got.slice(2);
    expect(sent.map((message) => message.delivery.id)).toEqual(world.deliveries.map((row) => row.id));
    expect(new Set(sent.map((message) => message.endpoint.url))).toEqual(new Set([next]));
    expect(world.deliveries.map((row) => row.status)).toEqual(["succeeded", "succeeded", "succeeded", "succeeded"]);
    expect(world.tables.jobs.size).toBe(0);
  });

  it.each([
    ["another answer, though a failure, begins the minute again", { statusCode: 500 }, "enabled"],
    ["no answer at all does not", { statusCode: null, error: "timeout" }, "disabled"],
  ])("is gone only without a break: %s", async (_, between, status) => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(gone, between, gone);
    await world.later(7 * MINUTE);
    expect(world.receiver.got).toHaveLength(3);
    expect(endpointOf(world).status).toBe(status);
  });

  it("is not switched off by answers from before a person has enabled it, though it was enabled all the while", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(gone, gone);
    await world.later(SECOND);
    expect(endpointOf(world)).toMatchObject({ status: "enabled", goneSince: expect.any(Number) });
    await changeEndpoint(world.deps, scope, id, { status: "enabled" });
    expect(endpointOf(world).goneSince).toBeNull();
    await world.later(2 * MINUTE);
    expect(world.receiver.got).toHaveLength(2);
    expect(endpointOf(world).status).toBe("enabled");
  });

  it("until the last try of a schedule gets one more when the minute is over, and then what it missed waits", async () => {
    const world = new World({ endpoints: 1 });
    world.tables.endpoints.set(id, anEndpoint(1, { retryIntervalsMs: [0, 5 * SECOND] }));
    await owing(world);
    const start = world.clock.now();
    world.receiver.script.push(gone, gone, gone);
    await world.later(HOUR);
    expect(world.tables.tries.map((entry) => entry.at - start)).toEqual([0, 5 * SECOND, 5 * SECOND + GONE_AFTER_MS]);
    expect(world.deliveries).toMatchObject([{ status: "pending", nextTryAt: null }]);
  });

  it("and is healthy again by that one more try is not asked for more", async () => {
    const world = new World({ endpoints: 1 });
    world.tables.endpoints.set(id, anEndpoint(1, { retryIntervalsMs: [0] }));
    await owing(world);
    world.receiver.script.push(gone, { statusCode: 500 });
    await world.later(DAY);
    expect(world.deliveries).toMatchObject([{ status: "failed", tries: 2 }]);
  });

  it("costs a healthy endpoint nothing: neither 2xx nor failures write to it", async () => {
    const world = new World({ endpoints: 1 });
    world.receiver.script.push({ statusCode: 500 }, { statusCode: null, error: "timeout" });
    let moves = 0;
    const settings = { ...world.deps.settings, moveEndpoint: async () => (moves++, true) };
    await world.created();
    await world.work({ ...world.deps, settings });
    await world.clock.advance(MINUTE);
    await world.work({ ...world.deps, settings });
    expect([world.receiver.got.length, moves]).toEqual([2, 0]);
  });
});

describe("a delivery whose endpoint is switched off", () => {
  it("looks after it ever more rarely, at last once a day, and counts no try", async () => {
    const world = await switchedOff();
    const [owed] = world.deliveries;
    const looks: number[] = [];
    for (let n = 0; n < 14; n++) {
      const { runAt } = world.job(owed!.id)!;
      looks.push(runAt - world.clock.now());
      await world.clock.advance(runAt - world.clock.now());
      await world.work();
    }
    expect(looks.slice(0, 5)).toEqual([1, 2, 4, 8, 16].map((minutes) => minutes * MINUTE));
    expect(looks.at(-1)).toBe(DAY);
    expect(world.deliveries).toMatchObject([{ status: "pending", tries: 2 }]);
    expect(world.receiver.got).toHaveLength(2);
  });

  it("is not forgotten if the endpoint is switched on while its job goes to wait", async () => {
    const world = await switchedOff();
    await world.created();
    await (
      await world.start()
    ).end;
    const job = (await world.claim())!;
    const store: Store = {
      ...world.deps.store,
      commit: async (change) => {
        await setEndpoint(world.deps, scope, { url });
        return world.deps.store.commit(change);
      },
    };
    await runJob({ ...world.deps, store }, job);
    await world.work();
    expect(world.deliveries.map((row) => row.status)).toEqual(["succeeded", "succeeded"]);
  });

  it("is woken by a repeat if the process died after it switched the endpoint on", async () => {
    const world = await switchedOff();
    const store: Store = { ...world.deps.store, wakeJobs: () => Promise.reject(new Error("killed")) };
    await expect(setEndpoint({ ...world.deps, store }, scope, { url })).rejects.toThrow("killed");
    expect(endpointOf(world).status).toBe("enabled");
    await setEndpoint(world.deps, scope, { url });
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "succeeded" }]);
  });

  it("finds out by itself, within its next look, if nobody repeats", async () => {
    const world = await switchedOff();
    world.tables.endpoints.set(id, anEndpoint(1));
    await world.later(MINUTE);
    expect(world.deliveries).toMatchObject([{ status: "succeeded" }]);
  });

  it("is sent at once when that is switched on, also if it had a next try later", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push({ statusCode: 500 });
    await world.work();
    world.tables.endpoints.set(id, anEndpoint(1, { status: "disabled", disabledReason: "of a test" }));
    await setEndpoint(world.deps, scope, { url });
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 2 }]);
  });

  it("is not hurried by a URL that is set while the endpoint is on", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push({ statusCode: 500 });
    await world.work();
    await setEndpoint(world.deps, scope, { url });
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "pending", tries: 1, nextTryAt: world.clock.now() + MINUTE }]);
  });

  it("can't be sent again by hand, and the refusal says what to do", async () => {
    const world = await switchedOff();
    await expect(sendAgain(world)).rejects.toMatchObject({
      code: "invalid_state",
      message:
        "The webhook endpoint is switched off, since the receiver answered 410 Gone for a minute. Set its URL again; this delivery is then sent.",
    });
  });
});
