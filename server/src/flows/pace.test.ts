import { describe, expect, it } from "vitest";
import { ableGateway, anAccount, anAttempt, SECOND } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { PACE_CUT_EVERY_MS, PACE_RECOVERY_MS, PACE_SHARE } from "../core/gateway-pace.ts";
import { healthOf } from "./health.ts";
import { mayAsk, noteTooMany, turnOf } from "./pace.ts";

const account = anAccount(1).id;
const PER_SECOND = 20;
/** Calls that we let ourselves send in a second. */
const OURS = PER_SECOND * PACE_SHARE;

function limited(accounts = 1): World {
  const world = new World({ accounts });
  world.gateway.capabilities = { ...ableGateway, rateLimit: { requestsPerSecond: { test: PER_SECOND, live: 1_000 } } };
  return world;
}

let attempts = 0;
const fresh = () => anAttempt({ id: `att_${++attempts}`, accountId: account, connector: "bank" });
/** How many of so many first sends at once may leave. */
const leaving = (world: World, times: number) =>
  Array.from({ length: times }, () => turnOf(world.deps, fresh())).filter(({ ok }) => ok).length;

describe("the bucket of an account", () => {
  it("lets our share of what the gateway publishes leave in a second, in the mode of the account, and puts the rest off", () => {
    const world = limited();
    expect(leaving(world, 100)).toBe(OURS);
    const live = { ...fresh(), accountId: anAccount(2).id, mode: "live" as const };
    expect(turnOf(world.deps, live)).toEqual({ ok: true });
  });

  it("gives each send that it puts off a time of its own, at the pace of the gateway, and keeps it against those that come later", () => {
    const world = limited();
    leaving(world, OURS);
    const waiting = Array.from({ length: OURS }, fresh);
    const waits = waiting.map((attempt) => turnOf(world.deps, attempt)).map((turn) => (turn.ok ? 0 : turn.waitMs));
    const gapMs = 1_000 / OURS;
    expect(waits).toEqual(waiting.map((_, n) => Math.ceil((n + 1) * gapMs)));
    world.clock.jump(waits[2]!);
    expect(turnOf(world.deps, fresh()).ok).toBe(false);
    expect(waiting.map((attempt) => turnOf(world.deps, { ...attempt, sends: 2 }).ok)).toEqual(waiting.map((_, n) => n < 3));
  });

  it("never sends more than the share in any second, however many come", () => {
    const world = limited();
    const left: number[] = [];
    for (let ms = 0; ms < 5_000; ms += 10) {
      for (let n = leaving(world, 3); n > 0; n--) left.push(ms);
      world.clock.jump(10);
    }
    for (const at of left) expect(left.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(2 * OURS);
    expect(left.length).toBeLessThanOrEqual(OURS * 6);
  });

  it("leaves half of the burst to money: questions wait before payments do", async () => {
    const world = limited();
    let asked = 0;
    while (await mayAsk(world.deps, account)) asked++;
    expect(asked).toBe(OURS / 2 + 1);
    expect(leaving(world, 100)).toBe(OURS / 2 - 1);
  });

  it("puts one question for five calls however many payments come, and none of the calls beyond the share", async () => {
    const world = limited();
    let asked = 0;
    let left = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      left += leaving(world, 2);
      if (await mayAsk(world.deps, account)) asked++;
      world.clock.jump(10);
    }
    expect(asked).toBeGreaterThanOrEqual((OURS * 10) / 5 - 3);
    expect(asked + left).toBeLessThanOrEqual(OURS * 11);
  });

  it("lets questions through as well where less than one call a second may leave", async () => {
    const world = new World();
    world.gateway.capabilities = { ...ableGateway, rateLimit: { requestsPerSecond: { test: 0.5, live: 0.5 } } };
    expect([await mayAsk(world.deps, account), await mayAsk(world.deps, account)]).toEqual([true, false]);
    world.clock.jump(3 * SECOND);
    expect(await mayAsk(world.deps, account)).toBe(true);
  });

  it("goes on at once when the clock is set back", () => {
    const world = limited();
    leaving(world, OURS + 3);
    world.clock.jump(-3_600 * SECOND);
    leaving(world, 1);
    world.clock.jump(2 * SECOND);
    expect(leaving(world, 100)).toBe(OURS - 1);
  });

  it("does not exist where the gateway publishes no limit", async () => {
    const world = new World();
    expect(leaving(world, 1_000)).toBe(1_000);
    expect(await mayAsk(world.deps, account)).toBe(true);
  });

  it("halves when the gateway says that it is too many, once a second, and grows back", () => {
    const world = limited();
    for (let n = 0; n < 10; n++) noteTooMany(world.deps, fresh());
    expect(leaving(world, 100)).toBe(0);
    expect(world.logs.filter(({ level }) => level === "warn")).toHaveLength(1);
    world.clock.jump(PACE_CUT_EVERY_MS);
    expect(leaving(world, 100)).toBeLessThanOrEqual(OURS / 2 + 1);
    world.clock.jump(PACE_RECOVERY_MS + 60_000);
    expect(leaving(world, 100)).toBe(OURS);
  });

  it("is passed over by routing while it is empty, and the reason says so", async () => {
    const world = limited(2);
    leaving(world, OURS);
    expect(healthOf(world.deps, account)).toBe("full");
    const id = await world.created();
    await world.work();
    const [attempt] = world.attempts(id);
    expect(attempt).toMatchObject({
      accountId: anAccount(2).id,
      routing: { reason: `first by priority; ${account} came first and is at its rate limit` },
    });
  });

  it("holds a payment back that has no other account, says why in its evidence, and charges it once when its turn comes", async () => {
    const world = limited();
    leaving(world, OURS);
    const id = await world.created();
    await world.work();
    expect(world.gateway.requests).toEqual([]);
    expect([...world.tables.exchanges.values()].map(({ result }) => result)).toEqual([
      expect.stringMatching(/^not_sent: put off for \d+ ms by Tillway, as this account is at its rate limit$/),
    ]);
    await world.later(5 * SECOND);
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.gateway.ledger.size).toBe(1);
  });
});
