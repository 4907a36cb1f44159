import { describe, expect, it } from "vitest";
import { DAY, MINUTE, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { BREAKER_FAILURES, BREAKER_GAPS_MS, BREAKER_SPREAD_MS } from "../../core/constants.ts";
import { runJob } from "../jobs/run.ts";
import { changeEndpoint } from "../setup/endpoints.ts";
import { failures } from "./sending.testing.ts";

const endpointOf = (world: World, n = 0) => [...world.tables.endpoints.values()][n]!;
const refused = { statusCode: null, error: "refused" } as const;

/** A world whose only receiver has failed so often that its breaker is open. */
async function down(): Promise<World> {
  const world = new World({ endpoints: 1, breaker: true });
  world.receiver.script.push(...Array.from({ length: BREAKER_FAILURES }, () => refused));
  for (let n = 0; n < BREAKER_FAILURES; n++) await world.created();
  await world.work();
  expect(world.receiver.got).toHaveLength(BREAKER_FAILURES);
  return world;
}

describe("the breaker of an endpoint", () => {
  it("opens after failures in a row, for all processes, and the log says so once", async () => {
    const world = await down();
    expect(endpointOf(world)).toMatchObject({ breakerUntil: world.clock.now() + BREAKER_GAPS_MS[0]!, breakerTrips: 1 });
    expect(world.logs.filter(({ message }) => message.includes("left alone"))).toHaveLength(1);
  });

  it("does not open for failures with a success between them, nor for answers that show that somebody is there", async () => {
    const world = new World({ endpoints: 1, breaker: true });
    world.receiver.script.push(
      ...failures(BREAKER_FAILURES - 1),
      {},
      ...failures(BREAKER_FAILURES - 1),
      ...Array.from({ length: 40 }, () => ({ statusCode: 404 })),
    );
    for (let n = 0; n < 2 * BREAKER_FAILURES + 39; n++) await world.created();
    await world.work();
    expect(world.receiver.got).toHaveLength(2 * BREAKER_FAILURES + 39);
    expect(endpointOf(world).breakerUntil).toBeNull();
  });

  it("refuses while it is open, which is no try, and one delivery probes when its time is over", async () => {
    const world = await down();
    await world.created();
    await world.created();
    await world.work();
    const held = world.deliveries.slice(-2);
    expect(held).toMatchObject([{ tries: 0, status: "pending" }, { tries: 0 }]);
    expect(held[0]!.nextTryAt).toBe(world.clock.now() + BREAKER_GAPS_MS[0]! + BREAKER_SPREAD_MS / 2);
    await world.later(BREAKER_GAPS_MS[0]! + BREAKER_SPREAD_MS);
    expect(world.deliveries.slice(-2)).toMatchObject([
      { status: "succeeded", tries: 1 },
      { status: "succeeded", tries: 1 },
    ]);
    expect(endpointOf(world)).toMatchObject({ breakerUntil: null, breakerTrips: 0 });
    expect(world.logs.map(({ message }) => message)).toContain("a webhook endpoint answers again");
  });

  it("lets one delivery at a time probe: while that is under way the others are refused", async () => {
    const world = await down();
    await world.created();
    await world.created();
    await world.work();
    await world.clock.advance(BREAKER_GAPS_MS[0]! + BREAKER_SPREAD_MS);
    const sent = world.receiver.got.length;
    const [one, two] = [(await world.claim())!, (await world.claim())!];
    await Promise.all([runJob(world.deps, one), runJob(world.deps, two)]);
    expect(world.receiver.got).toHaveLength(sent + 1);
  });

  it("stays open longer each time that a probe fails, and every delivery has all its tries", async () => {
    const world = new World({ endpoints: 1, breaker: true });
    world.receiver.script.push(...Array.from({ length: 2_000 }, () => refused));
    for (let n = 0; n < BREAKER_FAILURES + 5; n++) await world.created();
    await world.later(4 * DAY);
    expect(world.deliveries.map(({ status, tries }) => `${status} ${tries}`)).toEqual(
      Array.from({ length: BREAKER_FAILURES + 5 }, () => "failed 5"),
    );
    expect(endpointOf(world).breakerTrips).toBeGreaterThan(BREAKER_GAPS_MS.length);
    expect(world.tables.jobs.size).toBe(0);
  });

  it("is closed by another URL and by enabling it: what failed before says nothing about that", async () => {
    for (const wish of [{ url: "https://other.example" }, { status: "enabled" }] as const) {
      const world = await down();
      await changeEndpoint(world.deps, scope, endpointOf(world).id, wish);
      expect(endpointOf(world)).toMatchObject({ breakerUntil: null, breakerTrips: 0 });
    }
  });

  it("is the endpoint's own: another one of the same merchant gets everything at once", async () => {
    const world = new World({ endpoints: 2, breaker: true });
    const [dead, healthy] = [endpointOf(world, 0), endpointOf(world, 1)];
    const webhooks = {
      send: async (message: Parameters<typeof world.receiver.send>[0]) => {
        if (message.endpoint.id === dead.id) world.receiver.script.unshift(refused);
        return world.receiver.send(message);
      },
    };
    for (let n = 0; n < 2 * BREAKER_FAILURES; n++) await world.created();
    await world.work({ ...world.deps, webhooks });
    const of = (id: string) => world.receiver.got.filter(({ endpoint }) => endpoint.id === id).length;
    expect(of(dead.id)).toBe(BREAKER_FAILURES);
    expect(of(healthy.id)).toBe(2 * BREAKER_FAILURES);
    expect(world.deliveries.filter(({ endpointId }) => endpointId === healthy.id).every(({ status }) => status === "succeeded")).toBe(true);
    await world.later(MINUTE);
    expect(endpointOf(world, 0).breakerUntil).toBeNull();
  });
});
