import { describe, expect, it } from "vitest";
import { anAccount, DAY, HOUR, MINUTE, says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import type { Attempt } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Listed, ListQuery, ListReply } from "../../core/ports/connector.ts";
import { LATE_TRUTH_MS, SWEEP_EVERY_MS, SWEEP_RETRY_MS, SWEEP_SPAN_MAX_MS } from "../../core/sweeps.ts";
import { resolveCase } from "../cases/resolve.ts";
import { planSweeps } from "./sweep.ts";

const account = anAccount(1);
const taken = ({ amount, currency }: Pick<Attempt, "amount" | "currency">, reference: string): Outcome => ({
  kind: "succeeded",
  reference,
  figures: { amount, currency },
});

/** A far side with this list, and a log of what it was asked for. */
function listing(world: World, entries: () => readonly Listed[]): ListQuery[] {
  const queries: ListQuery[] = [];
  world.gateway.list = async (_, query): Promise<ListReply> => {
    queries.push(query);
    return { ok: true, cursor: null, entries: entries().filter(({ createdAt }) => createdAt >= query.from && createdAt < query.before) };
  };
  return queries;
}

/** All that the ledger has, as the list shows it. */
function booked(world: World): Listed[] {
  return attemptsOf(world).flatMap((attempt): Listed | [] => {
    const entry = world.gateway.ledger.get(attempt.gatewayKey);
    const { operation, gatewayKey } = attempt;
    const reference = attempt.gatewayReference ?? `ref_${gatewayKey}`;
    return entry === undefined
      ? []
      : { operation, gatewayKey, reference, outcome: taken(attempt, reference), createdAt: attempt.createdAt };
  });
}

async function swept(world: World): Promise<void> {
  await world.later(5 * MINUTE);
  await planSweeps(world.deps);
  await world.work();
}

const attemptsOf = (world: World): Attempt[] => [...world.tables.attempts.values()];
const sweepOf = async (world: World) => (await world.deps.settings.sweep(account))!;

describe("the settlement sweep", () => {
  it("finds nothing new in books that agree, and comes back after six hours", async () => {
    const world = new World();
    const queries = listing(world, () => booked(world));
    const id = await world.created();
    await world.work();
    await swept(world);
    expect(await sweepOf(world)).toMatchObject({ walk: null, seen: 1, found: 0, failure: null, finishedAt: world.clock.now() });
    expect([world.payment(id).status, world.cases(), world.gateway.count("retrieve")]).toEqual(["succeeded", [], 0]);
    const asked = queries.length;
    await world.later(SWEEP_EVERY_MS - SECOND);
    expect(queries).toHaveLength(asked);
    await world.later(2 * SECOND);
    expect(queries.length).toBeGreaterThan(asked);
  });

  it("finds a declined charge that the gateway took back without telling: it is late truth, and goes back", async () => {
    const world = new World();
    listing(world, () => booked(world));
    world.gateway.next("send", says.declined());
    const id = await world.created();
    await world.work();
    expect(world.payment(id).status).toBe("failed");
    world.gateway.did(attemptsOf(world)[0]!);
    expect(world.gateway.net).toBeGreaterThan(0);
    await swept(world);
    await world.later(HOUR);
    expect(attemptsOf(world)[0]).toMatchObject({ status: "declined", lateStatus: "succeeded" });
    expect([world.payment(id).status, world.gateway.net]).toEqual(["failed", 0]);
    expect((await sweepOf(world)).found).toBe(1);
    await world.later(SWEEP_EVERY_MS);
    expect((await sweepOf(world)).found).toBe(0);
  });

  it("settles what is still open here and has ended there", async () => {
    const world = new World();
    listing(world, () => booked(world));
    world.gateway
      .next("send", ({ attempt }) => says.pending(attempt))
      .next("find", ...Array.from({ length: 20 }, () => says.unknown))
      .next("retrieve", ...Array.from({ length: 20 }, () => says.unknown));
    const id = await world.created();
    await world.work();
    world.gateway.did(attemptsOf(world)[0]!);
    await planSweeps(world.deps);
    await world.later(DAY);
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("opens one case for a charge that no attempt made, and none again once a person has resolved it", async () => {
    const world = new World();
    const stranger: Listed = {
      operation: "charge",
      gatewayKey: null,
      reference: "ch_stranger",
      outcome: taken({ amount: 700, currency: "EUR" }, "ch_stranger"),
      createdAt: world.clock.now(),
    };
    listing(world, () => [stranger, { ...stranger, reference: "ch_declined", outcome: says.declined() }]);
    await swept(world);
    const [found, ...more] = [...world.tables.cases.values()];
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind: "unknown_charge", subject: `${account.id} ch_stranger`, evidence: { reference: "ch_stranger" } });
    expect(found!.summary).toContain("7.00 EUR");
    await world.later(SWEEP_EVERY_MS);
    await resolveCase(world.deps, scope, found!.id, { reason: "made by hand", by: "Ann" });
    await world.later(2 * SWEEP_EVERY_MS);
    expect(world.tables.cases.size).toBe(1);
  });

  it.each<[string, string[], (attempt: Attempt) => Partial<NonNullable<Listed["owner"]>>]>([
    ["no case for what another account of this installation made", [], () => ({})],
    ["a case if that account has another object under the key", ["unknown_charge"], () => ({ reference: "ref_other" })],
    ["a case if that account has no such key", ["unknown_charge"], () => ({ gatewayKey: "key-of-another-installation" })],
    ["a case if the account is none of this installation", ["unknown_charge"], () => ({ accountId: "acc_elsewhere" })],
  ])("opens %s", async (_, cases, given) => {
    const world = new World({ accounts: 2 });
    await world.created();
    await world.work();
    const [attempt] = attemptsOf(world);
    const reference = attempt!.gatewayReference!;
    const named = { accountId: attempt!.accountId, gatewayKey: attempt!.gatewayKey, reference };
    const owner = { ...named, ...given(attempt!) };
    const entry = { operation: "charge", gatewayKey: null, reference: owner.reference, createdAt: attempt!.createdAt } as const;
    const outcome = taken(attempt!, owner.reference);
    world.gateway.list = async ({ id }) => ({
      ok: true,
      cursor: null,
      entries: id === attempt!.accountId ? booked(world) : [{ ...entry, outcome, owner }],
    });
    await swept(world);
    expect(world.cases()).toEqual(cases);
    expect([...world.tables.cases.values()].every(({ subject }) => !subject.startsWith(attempt!.accountId))).toBe(true);
  });

  it("opens a case for a success that the gateway does not know, and not if only its list lags behind", async () => {
    const world = new World();
    listing(world, () => []);
    const id = await world.created();
    await world.work();
    await swept(world);
    expect([world.gateway.count("retrieve"), world.cases()]).toEqual([1, []]);
    world.gateway.ledger.clear();
    await world.later(SWEEP_EVERY_MS);
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "missing_charge", subject: attemptsOf(world)[0]!.id, paymentId: id }]);
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("begins as far back as the gateway may change its word, and goes span by span", async () => {
    const world = new World();
    const queries = listing(world, () => []);
    await swept(world);
    expect(queries[0]!.from).toBeLessThanOrEqual(account.createdAt - LATE_TRUTH_MS);
    expect(Math.max(...queries.map(({ from, before }) => before - from))).toBeLessThanOrEqual(SWEEP_SPAN_MAX_MS + 2 * MINUTE);
    expect(queries.every((query, n) => n === 0 || query.from < queries[n - 1]!.before)).toBe(true);
    expect((await sweepOf(world)).sweptUntil).toBeLessThan(world.clock.now());
  });

  const patience = { lateTruthMs: 2 * DAY, lateRefundMs: 5 * DAY };

  it("looks as far back as the connector says, and at refunds alone where only they may still change", async () => {
    const world = new World();
    world.gateway.capabilities = { ...world.gateway.capabilities, ...patience };
    const queries = listing(world, () => []);
    await swept(world);
    const shown = queries.map(({ from, only }) => [Math.round((account.createdAt - from) / DAY), only]);
    expect(shown.slice(0, 6)).toEqual([5, 4, 3, 2, 1, 0].map((back) => [back, back > 2 ? "refunds" : undefined]));
  });

  it("misses no charge where it looked at refunds alone", async () => {
    const world = new World();
    world.gateway.capabilities = { ...world.gateway.capabilities, ...patience };
    const queries = listing(world, () => []);
    await world.created();
    await world.work();
    await swept(world);
    await world.later(3 * DAY);
    const asked = world.gateway.count("retrieve");
    expect(asked).toBeGreaterThan(0);
    queries.length = 0;
    await world.later(SWEEP_EVERY_MS);
    expect(queries.some(({ only }) => only === "refunds")).toBe(true);
    expect(world.gateway.count("retrieve")).toBe(asked);
  });

  it("takes a shorter span where the gateway has more than it may read at once", async () => {
    const world = new World();
    const spans: number[] = [];
    world.gateway.list = async (_, { from, before, cursor }) => {
      if (cursor === null) spans.push(before - from);
      const isCrowded = before - from > HOUR;
      return { ok: true, entries: [], cursor: isCrowded ? String(Number(cursor ?? "0") + 1) : null };
    };
    world.tables.sweeps.set(account.id, { ...(await fresh(world)), walk: { at: world.clock.now() - 2 * HOUR, until: world.clock.now() } });
    await planSweeps(world.deps);
    await world.work();
    expect(spans[0]!).toBeGreaterThan(spans.at(-1)!);
    expect((await sweepOf(world)).walk).toBeNull();
  });

  it("takes a shorter span where the gateway is slow, so that what it says is compared in time", async () => {
    const world = new World();
    const spans: number[] = [];
    world.gateway.list = async (_, { from, before, cursor }) => {
      if (cursor === null) spans.push(before - from);
      world.clock.jump(10 * SECOND);
      return {
        ok: true,
        entries: [],
        cursor: before - from > HOUR && Number(cursor ?? "0") < 3 ? String(Number(cursor ?? "0") + 1) : null,
      };
    };
    const now = world.clock.now();
    world.tables.sweeps.set(account.id, { ...(await fresh(world)), walk: { at: now - 2 * HOUR, until: now } });
    await planSweeps(world.deps);
    await world.later(MINUTE);
    expect(spans[1]!).toBeLessThan(spans[0]!);
    expect((await sweepOf(world)).walk).toBeNull();
  });

  it("says why it could not read the list, and goes on where it was", async () => {
    const world = new World();
    let isDown = true;
    world.gateway.list = async () => (isDown ? { ok: false, reason: "timeout" } : { ok: true, entries: [], cursor: null });
    await swept(world);
    const stopped = await sweepOf(world);
    expect(stopped).toMatchObject({ failure: "timeout", finishedAt: null, walk: { until: expect.any(Number) } });
    isDown = false;
    await world.later(SWEEP_RETRY_MS);
    expect(await sweepOf(world)).toMatchObject({ failure: null, walk: null, sweptUntil: stopped.walk!.until });
  });

  it("is planned once for each enabled account whose gateway has a list", async () => {
    const world = new World({ accounts: 2 });
    expect(await planSweeps(world.deps)).toBe(0);
    listing(world, () => []);
    world.tables.accounts.set(anAccount(2).id, { ...anAccount(2), status: "disabled" });
    expect([await planSweeps(world.deps), await planSweeps(world.deps)]).toEqual([1, 0]);
    expect([...world.tables.jobs.values()]).toMatchObject([{ kind: "sweep", subject: account.id }]);
  });
});

async function fresh(world: World) {
  const at = world.clock.now();
  return {
    ...scope,
    accountId: account.id,
    sweptUntil: at,
    walk: null,
    spanMs: SWEEP_SPAN_MAX_MS,
    finishedAt: null,
    seen: 0,
    found: 0,
    failure: null,
  };
}
