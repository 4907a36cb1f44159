import { describe, expect, it } from "vitest";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { DAY, HOUR, MINUTE } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { DELIVERIES_KEPT_DAYS, EXCHANGES_KEPT_DAYS, PROCESSES_KEPT_MS, PURGE_BATCH, PURGE_ROUNDS_MAX } from "../../core/constants.ts";
import type { Purged, Store } from "../../core/ports/store.ts";
import { exchange } from "../../storage/conformance/rows.testing.ts";
import type { Deps } from "../deps.ts";
import { confirmPayment } from "../payments/operations.ts";
import { purge } from "./purge.ts";

const told = (world: World) => world.logs.filter((line) => line.message === "old rows were removed").map((line) => line.fields);

/** A payment that was confirmed under a key and whose webhook arrived. */
async function paid(world: World): Promise<string> {
  const id = await world.created({ confirm: false });
  await world.clock.until(confirmPayment(world.deps, world.caller("k"), { paymentId: id, method: null, returnUrl: null }));
  await world.work();
  evidence(world, id);
  return id;
}

/** What was said between us and the gateway about the charge. */
function evidence(world: World, paymentId: string): void {
  const row = exchange(world.attempts(paymentId)[0]!, { startedAt: world.clock.now() });
  world.tables.exchanges.set(row.id, row);
}

/** The store with another clean-up. */
function cleaning(world: World, clean: Store["purge"]): Deps {
  return { ...world.deps, store: { ...world.deps.store, purge: clean } };
}

describe("the clean-up", () => {
  it("removes each kind when its own time is over, and says how many; the money and its events stay", async () => {
    const world = new World({ endpoints: 1 });
    const id = await paid(world);
    await world.hook({ attempt: world.attempts(id)[0]!, outcome: null });
    await world.work();
    await world.deps.store.heartbeat({ id: "gone", role: "worker", startedAt: 0, now: world.clock.now() });
    const rows = () => ({
      processes: world.tables.processes.size,
      keys: world.tables.idempotency.size,
      inbox: world.tables.inbox.size,
      exchanges: world.tables.exchanges.size,
      deliveries: world.tables.deliveries.size,
    });
    const all = rows();
    expect(Math.min(...Object.values(all))).toBeGreaterThan(0);
    const end = world.clock.now();
    for (const keptMs of [PROCESSES_KEPT_MS, DELIVERIES_KEPT_DAYS * DAY, EXCHANGES_KEPT_DAYS * DAY]) {
      world.clock.jump(end + keptMs + 1 - world.clock.now());
      expect(await purge(world.deps)).toBe(false);
      expect(await purge(world.deps)).toBe(false);
    }
    expect(told(world)).toEqual([
      { processes: all.processes, keys: all.keys },
      { deliveries: all.deliveries },
      { inbox: all.inbox, exchanges: all.exchanges },
    ]);
    expect(Object.values(rows())).toEqual([0, 0, 0, 0, 0]);
    expect(world.tables.tries).toEqual([]);
    expect(world.payment(id)).toMatchObject({ status: "succeeded" });
    expect(world.eventTypes(id)).toEqual(["payment.created", "payment.pending", "payment.succeeded"]);
    expect(broken(world.tables)).toEqual([]);
  });

  it("follows the retention it was told", async () => {
    const world = new World({ endpoints: 1 });
    await paid(world);
    world.clock.jump(2 * DAY);
    const options = { ...world.deps.options, retention: { exchangesMs: 3 * DAY, deliveriesMs: DAY } };
    await purge({ ...world.deps, options });
    expect(world.tables.deliveries.size).toBe(0);
    expect(world.tables.exchanges.size).toBeGreaterThan(0);
  });

  it("leaves what is still owed, asked about or unread", async () => {
    const world = new World({ endpoints: 1 });
    world.gateway.next("send", "answer lost");
    const id = await world.created();
    await world.start();
    await world.clock.advance(MINUTE);
    await world.hook({ attempt: world.attempts(id)[0]!, outcome: null });
    evidence(world, id);
    expect(world.attempts(id)).toMatchObject([{ status: "unknown" }]);
    world.clock.jump(400 * DAY);
    await purge(world.deps);
    expect([world.tables.inbox.size, world.tables.exchanges.size]).toEqual([1, 1]);
    expect(told(world)).toEqual([]);
  });

  it("takes at most so many batches of each kind, and says that there is more", async () => {
    const world = new World();
    const asked: Purged[] = [];
    const deps = cleaning(world, async (what, _, limit) => {
      asked.push(what);
      return what === "exchanges" ? limit : 0;
    });
    expect(await purge(deps)).toBe(true);
    expect(asked.filter((what) => what === "exchanges")).toHaveLength(PURGE_ROUNDS_MAX);
    expect(asked.filter((what) => what === "keys")).toHaveLength(1);
    expect(told(world)).toEqual([{ exchanges: PURGE_BATCH * PURGE_ROUNDS_MAX }]);
  });

  it("of one kind that fails does not keep the others, and is told", async () => {
    const world = new World();
    const deps = cleaning(world, async (what) => {
      if (what === "exchanges") throw new Error("a rule of the table");
      return what === "deliveries" ? 3 : 0;
    });
    expect(await purge(deps)).toBe(false);
    expect(told(world)).toEqual([{ deliveries: 3 }]);
    expect(world.logs).toContainEqual({
      level: "warn",
      message: "old rows could not be removed",
      fields: { rows: "exchanges", error: "Error: a rule of the table" },
    });
  });

  it("ends after the statement under way where this process is to stop", async () => {
    const world = new World();
    const stopping = new AbortController();
    const asked: Purged[] = [];
    const deps = cleaning(world, async (what) => {
      asked.push(what);
      stopping.abort();
      return PURGE_BATCH;
    });
    await purge(deps, stopping.signal);
    expect(asked).toHaveLength(1);
  });

  it("says nothing where there was nothing to do", async () => {
    const world = new World();
    await paid(world);
    world.clock.jump(HOUR);
    expect(await purge(world.deps)).toBe(false);
    expect(world.logs).toEqual([]);
  });
});
