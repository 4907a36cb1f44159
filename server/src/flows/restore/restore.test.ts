import { describe, expect, it } from "vitest";
import { anAccount, MINUTE, says } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { SYNC_WAIT_MS } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import type { ListQuery } from "../../core/ports/connector.ts";
import type { Restores } from "../../core/ports/restores.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { LATE_ARRIVAL_MS, RESTORE_LOOK_MS, type Restore } from "../../core/restore.ts";
import { SWEEP_RETRY_MS } from "../../core/sweeps.ts";
import type { Deps } from "../deps.ts";
import { capturePayment, refundPayment, voidPayment } from "../payments/operations.ts";
import { createPayment } from "../payments/create.ts";
import { planSweeps } from "../upkeep/sweep.ts";
import { beginRestore, finishRestore, restoreState, sweepNowForRestore } from "./restore.ts";
import { sweepForRestore } from "./sweeps.ts";

const by = { kind: "cli", id: null, label: "ann", requestId: null } as const;
const wish = { reason: "the disk was set back", since: null };
const account = anAccount(1);

/** A world whose database can be in restore mode: its store refuses what is sent, as the trigger does. */
function restorable() {
  const world = new World();
  const rows: Restore[] = [];
  const isOpen = (): boolean => rows.at(-1)?.finishedAt === null;
  const restores: Restores = {
    isOpen,
    latest: async () => rows.at(-1) ?? null,
    look: async () => (isOpen() ? rows.at(-1)! : null),
    begin: async (restore) => (isOpen() ? null : (rows.push(restore), restore)),
    finish: async (ended) => void rows.push({ ...rows.pop()!, ...ended }),
    unswept: async (until) => {
      const sweep = await world.deps.settings.sweep(account);
      return sweep === null || sweep.sweptUntil < until ? [{ account, failure: sweep?.failure ?? null }] : [];
    },
  };
  const commit: Deps["store"]["commit"] = async (change) => {
    const written = [...(change.attempts?.insert ?? []), ...(change.attempts?.update ?? [])];
    if (isOpen() && written.some(({ id, sends }) => sends > (world.tables.attempts.get(id)?.sends ?? 0)))
      throw new TillwayError("restore_mode");
    return world.deps.store.commit(change);
  };
  const deps = { ...world.deps, restores, store: { ...world.deps.store, commit } };
  const queries: ListQuery[] = [];
  world.gateway.list = async (_account, query) => (queries.push(query), { ok: true, cursor: null, entries: [] });
  return { world, deps, rows, queries };
}

/** Time goes on, and a worker takes what is due. */
async function later({ world, deps }: ReturnType<typeof restorable>, ms: number): Promise<void> {
  await world.clock.advance(ms);
  await world.work(deps);
}

describe("while a restore is open", () => {
  it("a charge that waits is not sent, without counting as a failure, and is once it is finished", async () => {
    const given = restorable();
    const { world, deps } = given;
    const id = await world.created();
    await beginRestore(deps, by, wish);
    for (let round = 0; round < 12; round++) await later(given, RESTORE_LOOK_MS);
    expect([world.payment(id).status, world.gateway.count("send"), world.cases()]).toEqual(["pending", 0, []]);
    expect(await finishRestore(deps, by, "it is known what was lost")).toBe("finished");
    await later(given, RESTORE_LOOK_MS);
    expect([world.payment(id).status, world.gateway.count("send")]).toEqual(["succeeded", 1]);
  });

  it("a call that was never answered is asked about, and nothing is sent again or called off", async () => {
    const given = restorable();
    const { world, deps } = given;
    world.gateway.next("send", "answer lost").next("find", says.unknown);
    const id = await world.created();
    await world.work(deps);
    await beginRestore(deps, by, wish);
    for (let round = 0; round < 12; round++) await later(given, RESTORE_LOOK_MS);
    expect([world.payment(id).status, world.gateway.count("send")]).toEqual(["succeeded", 1]);
  });

  it.each([
    ["a charge", ({ world, deps }) => createPayment(deps, world.caller(), world.input())],
    ["a capture", ({ world, deps }, paymentId) => capturePayment(deps, world.caller(), { paymentId, amount: 1_000 })],
    ["a void", ({ world, deps }, paymentId) => voidPayment(deps, world.caller(), { paymentId })],
    ["a refund", ({ world, deps }, paymentId) => refundPayment(deps, world.caller(), { paymentId, amount: 1, reason: null })],
  ] as readonly (readonly [string, (given: ReturnType<typeof restorable>, paymentId: string) => Promise<unknown>])[])(
    "%s is refused before anything is written, and what was answered before is answered again",
    async (_what, ask) => {
      const given = restorable();
      const { world, deps } = given;
      const id = await world.authorized();
      const before = await world.create({}, "key");
      await beginRestore(deps, by, wish);
      const counted = world.tables.payments.size + world.tables.attempts.size + world.tables.idempotency.size;
      await expect(ask(given, id)).rejects.toMatchObject({ code: "restore_mode", status: 503 });
      expect(world.tables.payments.size + world.tables.attempts.size + world.tables.idempotency.size).toBe(counted);
      expect(await createPayment(deps, world.caller("key"), world.input())).toMatchObject({ ...before, replayed: true });
      expect((await createPayment(deps, world.caller(), world.input({ confirm: false }))).status).toBe(201);
    },
  );
});

describe("a request that waits while its payment is lost with the database", () => {
  /** Its charge is at the gateway when the database is set back to before it. */
  async function lostUnderWay() {
    const given = restorable();
    const { world, deps } = given;
    const held = new Held();
    world.gateway.next("send", held);
    const answer = createPayment(deps, world.caller("key"), world.input({ confirm: true }));
    answer.catch(() => undefined);
    await world.clock.advance(0);
    const [sent] = world.tables.attempts.values();
    for (const rows of [world.tables.payments, world.tables.attempts, world.tables.idempotency, world.tables.jobs]) rows.clear();
    return { ...given, answer, key: sent!.gatewayKey };
  }

  it("is told to come again, and charges under the same key of the gateway when it does", async () => {
    const { world, deps, answer, key } = await lostUnderWay();
    await beginRestore(deps, by, wish);
    await world.clock.advance(SYNC_WAIT_MS);
    await expect(answer).rejects.toMatchObject({ code: "restore_mode", status: 503 });
    await finishRestore(deps, by, "it is known what was lost");
    await world.clock.until(createPayment(deps, world.caller("key"), world.input({ confirm: true })));
    expect([...world.tables.attempts.values()].map(({ gatewayKey }) => gatewayKey)).toEqual([key]);
  });

  it("is not told that there is no such payment, where the restore was finished meanwhile", async () => {
    const { world, answer } = await lostUnderWay();
    await world.clock.advance(SYNC_WAIT_MS);
    await expect(answer).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe("the sweeps of a restore", () => {
  it("go over the lost span once all that was under way has arrived and is listed, though the last sweep is not due for hours", async () => {
    const given = restorable();
    const { world, deps, rows, queries } = given;
    await planSweeps(deps);
    await later(given, MINUTE);
    const [asked, begunAt] = [queries.length, world.clock.now()];
    await beginRestore(deps, by, { reason: "a snapshot", since: begunAt - 10 * MINUTE });
    expect(rows).toMatchObject([{ reason: "by_hand", lostFrom: begunAt - 10 * MINUTE }]);
    await later(given, LATE_ARRIVAL_MS - 1);
    expect(queries).toHaveLength(asked);
    expect((await restoreState(deps)).unswept).toHaveLength(1);
    expect(await finishRestore(deps, by, null)).toMatchObject([{ account: { id: account.id } }]);
    for (let round = 0; round < 12; round++) await later(given, RESTORE_LOOK_MS);
    const spans = queries.slice(asked);
    expect(Math.min(...spans.map(({ from }) => from))).toBeLessThan(begunAt - 10 * MINUTE);
    expect(Math.max(...spans.map(({ before }) => before))).toBeGreaterThan(begunAt + LATE_ARRIVAL_MS);
    expect((await restoreState(deps)).unswept).toEqual([]);
    expect(await finishRestore(deps, by, null)).toBe("finished");
    expect(rows).toMatchObject([{ finishedAt: world.clock.now(), forcedReason: null }]);
    expect(await finishRestore(deps, by, null)).toBe("none");
  });

  it("make a case of each charge that the database has forgotten", async () => {
    const given = restorable();
    const { world, deps } = given;
    await beginRestore(deps, by, wish);
    const createdAt = world.clock.now() - MINUTE;
    const outcome = { kind: "succeeded", reference: "ch_1", figures: { amount: 1_000, currency: "INR" } } as const;
    world.gateway.list = async () => ({
      ok: true,
      cursor: null,
      entries: [{ operation: "charge", gatewayKey: "forgotten", reference: "ch_1", outcome, createdAt }],
    });
    for (let round = 0; round < 12; round++) await later(given, RESTORE_LOOK_MS);
    expect([...world.tables.cases.values()]).toMatchObject([
      { kind: "unknown_charge", evidence: { gateway_key: "forgotten", reference: "ch_1" } },
    ]);
    expect((await restoreState(deps)).unswept).toEqual([]);
  });

  it("that can't be read keep their pace and the restore open, and begin at once where a person says so", async () => {
    const given = restorable();
    const { world, deps } = given;
    let asked = 0;
    world.gateway.list = async () => (asked++, { ok: false, reason: "401" });
    await beginRestore(deps, by, wish);
    for (let round = 0; round < 12; round++) {
      await sweepForRestore(deps);
      await later(given, RESTORE_LOOK_MS);
    }
    expect(asked).toBe(1);
    expect((await restoreState(deps)).unswept).toMatchObject([{ failure: "401" }]);
    expect(await sweepNowForRestore(deps)).toBe(1);
    await later(given, 1);
    expect(asked).toBe(2);
    await later(given, SWEEP_RETRY_MS);
    expect(asked).toBe(3);
  });
});
