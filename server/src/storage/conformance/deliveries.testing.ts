/** What leaves to merchants: each try is written under the delivery and the job it was made for. */
import { describe, expect, test } from "vitest";
import type { Change } from "../../core/change.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Delivery, Scope } from "../../core/model.ts";
import type { EndedFilter, OwedAgain } from "../../core/ports/store.ts";
import { case_, delivery, endpoint, event, id, idempotency, job, moving, newScope, stored, T0, tryRow } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function deliveryConformance(make: MakeStorage): void {
  describe("deliveries", () => {
    const at = shared(make);

    test("a delivery is loaded with its endpoint's secrets and its event's own bytes", async () => {
      const { scope, owed, whole } = await owing();
      expect(await at.store.delivery(scope, owed.id)).toEqual(whole);
      expect(await at.store.delivery(newScope(), owed.id)).toBeNull();
      expect(await at.store.delivery({ ...scope, mode: "live" }, owed.id)).toBeNull();
    });

    test("a payment's load names its merchant's endpoint, also while it is switched off", async () => {
      const { scope, owed } = await owing();
      const load = async () => (await at.store.load(scope, owed.paymentId!))!.endpoints;
      expect(await load()).toEqual([{ id: owed.endpointId, events: ["*"] }]);
      const on = (await at.settings.endpoint(scope))!;
      expect(await at.settings.moveEndpoint(on, { ...on, status: "disabled" })).toBe(true);
      expect(await load()).toEqual([{ id: owed.endpointId, events: ["*"] }]);
    });

    test("a payment's load names what each endpoint wants, and a delivery goes to the endpoint that stands in its own's place, or to none", async () => {
      const { scope, owed, whole } = await owing();
      const more = endpoint(scope, { events: ["payment.succeeded", "refund.*"] });
      await at.settings.addEndpoint(more);
      expect((await at.store.load(scope, owed.paymentId!))!.endpoints).toEqual([
        { id: owed.endpointId, events: ["*"] },
        { id: more.id, events: more.events },
      ]);
      const next = endpoint(scope, { predecessors: ["whe_before", owed.endpointId] });
      expect(await at.settings.putEndpoint(next, owed.endpointId)).toBe("applied");
      expect(await at.store.delivery(scope, owed.id)).toEqual({ ...whole, endpoint: next });
      expect(await at.settings.removeEndpoint(scope, next.id)).toBe(true);
      expect(await at.store.delivery(scope, owed.id)).toEqual({ ...whole, endpoint: null });
    });

    test("an event about no payment is delivered as others are", async () => {
      const { scope, owed } = await owing();
      const told = { ...event(await stored(at.store, scope)), type: "webhook.test", paymentId: null, sequence: 1 } as const;
      const test = delivery(told, owed.endpointId);
      expect(await at.store.commit({ ...scope, events: [told], deliveries: { insert: [test] } })).toBe("applied");
      expect((await at.store.delivery(scope, test.id))!).toMatchObject({ delivery: test, event: { id: told.id, body: told.body } });
    });

    test("a try is kept with its result, under the job's token", async () => {
      const { scope, owed, whole } = await owing();
      const held = (await at.store.take(jobIdOf(owed.id), T0, T0 + 20_000, "mine"))!;
      const missed: Delivery = { ...owed, tries: 1, nextTryAt: T0 + 60_000, lastStatusCode: 503 };
      const first = tryRow(owed, 1, { response: "no\u0000\u001e" });
      const change: Change = {
        ...scope,
        delivery: { before: owed, after: missed },
        job: { id: held.id, token: "mine" },
        deliveryTries: [first],
      };
      expect(await at.store.commit({ ...change, job: { id: held.id, token: "other" } })).toBe("stale");
      expect((await at.reads.delivery(scope, owed.id))!).toEqual({
        delivery: owed,
        tries: [],
        event: whole.event,
        url: whole.endpoint!.url,
        apiVersion: whole.endpoint!.apiVersion,
      });
      expect(await at.store.commit({ ...change, jobs: { move: [{ id: held.id, runAt: T0 + 60_000, tries: 0, release: true }] } })).toBe(
        "applied",
      );
      const seen = (await at.reads.delivery(scope, owed.id))!;
      expect(seen.delivery).toEqual(missed);
      expect(seen.tries.map(({ n, statusCode }) => ({ n, statusCode }))).toEqual([{ n: 1, statusCode: 503 }]);
      const again = (await at.store.take(held.id, T0 + 60_000, T0 + 80_000, "mine2"))!;
      const done: Delivery = { ...missed, status: "succeeded", tries: 2, nextTryAt: null, lastStatusCode: 200, finishedAt: T0 + 60_040 };
      expect(await at.store.commit({ ...scope, job: { id: again.id, token: "mine2" }, delivery: { before: missed, after: done } })).toBe(
        "applied",
      );
      expect((await at.store.delivery(scope, owed.id))!.delivery).toEqual(done);
      expect(await at.store.take(held.id, T0 + 99_999, T0 + 100_000, "t")).toBeNull();
    });

    test("hundreds of results at once each reach their own delivery", async () => {
      const all = await Promise.all(Array.from({ length: 60 }, () => owing()));
      const held = await Promise.all(all.map(({ owed }, n) => at.store.take(jobIdOf(owed.id), T0, T0 + 20_000, `t${n}`)));
      const results = await Promise.all(
        all.map(({ scope, owed }, n) =>
          at.store.commit({
            ...scope,
            job: { id: held[n]!.id, token: n % 2 ? "wrong" : `t${n}` },
            delivery: { before: owed, after: { ...owed, status: "succeeded", tries: 1, lastStatusCode: 200 + n } },
          }),
        ),
      );
      expect(results).toEqual(all.map((_, n) => (n % 2 ? "stale" : "applied")));
      const codes = await Promise.all(
        all.map(async ({ scope, owed }) => (await at.store.delivery(scope, owed.id))!.delivery.lastStatusCode),
      );
      expect(codes).toEqual(all.map((_, n) => (n % 2 ? null : 200 + n)));
    });

    describe("many that have ended", () => {
      const ends = { status: "failed", tries: 5, nextTryAt: null, finishedAt: T0 } as const;

      /** A merchant's deliveries that have ended, oldest first. */
      async function ended(...given: readonly Partial<Delivery>[]): Promise<{ scope: Scope; rows: Delivery[]; to: string }> {
        const { scope, owed } = await owing();
        const rows: Delivery[] = [];
        for (const each of given) {
          const before = await stored(at.store, scope);
          const told = { ...event({ ...before, sequence: 2 }), type: each.eventType ?? "payment.succeeded" } as const;
          const row = delivery(told, owed.endpointId, { ...ends, ...each });
          await at.store.commit(moving(before, { sequence: 2 }, { events: [told], deliveries: { insert: [row] } }));
          rows.push(row);
        }
        return { scope, rows, to: owed.endpointId };
      }

      test("are found by what they are, oldest first, and no more than asked for", async () => {
        const { scope, rows, to } = await ended(
          {},
          { eventType: "refund.failed" },
          { endpointId: "whe_other" },
          { status: "succeeded" },
          {},
        );
        const find = (given: Partial<EndedFilter> = {}) =>
          at.store.ended(scope, { status: "failed", endpointIds: [to], limit: 10, ...given });
        expect(await find()).toEqual([rows[0], rows[1], rows[4]]);
        expect(await find({ limit: 2 })).toEqual([rows[0], rows[1]]);
        expect(await find({ eventTypes: ["refund.failed", "refund.created"] })).toEqual([rows[1]]);
        expect(await find({ endpointIds: ["whe_other", "whe_none"] })).toEqual([rows[2]]);
        expect(await find({ status: "succeeded" })).toEqual([rows[3]]);
        expect(await find({ status: "canceled" })).toEqual([]);
        expect(await find({ idFrom: rows[1]!.id, idBefore: rows[4]!.id })).toEqual([rows[1]]);
        expect(await at.store.ended({ ...scope, mode: "live" }, { status: "failed", endpointIds: [to], limit: 10 })).toEqual([]);
        expect(await at.store.ended(newScope(), { status: "failed", endpointIds: [to], limit: 10 })).toEqual([]);
      });

      test("are owed again together with their jobs and the key, or not at all", async () => {
        const { scope, rows, to } = await ended({}, {}, {});
        const again = (of: readonly Delivery[], key = id("key")): OwedAgain => ({
          ...scope,
          deliveries: of.map((before) => ({
            before,
            after: { ...before, status: "pending", scheduleStart: before.tries, nextTryAt: T0 + 5, finishedAt: null },
          })),
          jobs: of.map((row) =>
            job(scope, { id: jobIdOf(row.id), subject: row.id, queue: "webhook-queue", kind: "webhook", lane: to, runAt: T0 + 5 }),
          ),
          idempotency: idempotency(scope, { key, answerBody: "{}" }),
        });
        const stale = again([rows[0]!, { ...rows[1]!, tries: 4 }]);
        expect(await at.store.oweAgain(stale)).toBe("stale");
        expect((await at.store.delivery(scope, rows[0]!.id))!.delivery).toEqual(rows[0]);
        expect(await at.store.findIdempotent(scope, "merchant", stale.idempotency!.key)).toBeNull();
        const both = again([rows[0]!, rows[1]!], "both");
        const results = await Promise.all([at.store.oweAgain(both), at.store.oweAgain(again([rows[1]!, rows[0]!]))]);
        expect(results.filter((result) => result === "applied")).toHaveLength(1);
        for (const { after } of both.deliveries) expect((await at.store.delivery(scope, after.id))!.delivery).toEqual(after);
        expect((await at.store.take(jobIdOf(rows[0]!.id), T0 + 5, T0 + 10, "t"))!).toMatchObject({ subject: rows[0]!.id, lane: to });
        if (results[0] !== "applied") await at.store.oweAgain({ ...again([], "both") });
        expect(await at.store.oweAgain(again([rows[2]!], "both"))).toBe("duplicate");
        expect((await at.store.delivery(scope, rows[2]!.id))!.delivery).toEqual(rows[2]);
        const { idempotency: _, ...keyless } = again([rows[2]!]);
        expect(await at.store.oweAgain(keyless)).toBe("applied");
        expect(await at.store.ended(scope, { status: "failed", endpointIds: [to], limit: 10 })).toEqual([]);
      });
    });

    describe("a change of one", () => {
      test.each<[string, Partial<Delivery>]>([
        ["status", { status: "failed" }],
        ["number of tries", { tries: 1 }],
        ["start of the schedule", { tries: 5, scheduleStart: 4 }],
      ])("decided upon another %s writes nothing at all", async (_, stale) => {
        const { scope, owed } = await owing();
        const stored = { ...owed, tries: 5, scheduleStart: 5 };
        expect(await at.store.commit({ ...scope, delivery: { before: owed, after: stored } })).toBe("applied");
        const before = { ...stored, ...stale };
        const after = { ...before, tries: before.tries + 1, lastStatusCode: 500 };
        const told = case_(scope, { subject: owed.id, paymentId: owed.paymentId });
        const change: Change = {
          ...scope,
          delivery: { before, after },
          deliveryTries: [tryRow(owed, after.tries)],
          cases: { open: [told] },
          jobs: { move: [{ id: jobIdOf(owed.id), runAt: T0 + 99, release: true }] },
        };
        expect(await at.store.commit(change)).toBe("stale");
        expect(await at.reads.delivery(scope, owed.id)).toMatchObject({ delivery: stored, tries: [] });
        expect((await at.store.load(scope, owed.paymentId!))!.cases).toEqual([]);
        expect((await at.store.take(jobIdOf(owed.id), T0, T0 + 1, "t"))!.runAt).toBe(T0 + 1);
      });

      test("of another merchant or mode is stale", async () => {
        const { scope, owed } = await owing();
        const delivery = { before: owed, after: { ...owed, status: "canceled" as const } };
        expect(await at.store.commit({ ...newScope(), delivery })).toBe("stale");
        expect(await at.store.commit({ ...scope, mode: "live", delivery })).toBe("stale");
        expect((await at.store.delivery(scope, owed.id))!.delivery).toEqual(owed);
      });

      test.each([
        ["the job's token is another's", "other", 0],
        ["the delivery has changed", "mine", 1],
        ["neither holds", "other", 1],
      ])("beside its job is written only where both hold: %s", async (_, token, tries) => {
        const { scope, owed } = await owing();
        const held = (await at.store.take(jobIdOf(owed.id), T0, T0 + 20_000, "mine"))!;
        const before = { ...owed, tries };
        const after = { ...before, status: "succeeded" as const, tries: tries + 1, finishedAt: T0 };
        const job = { id: held.id, token };
        expect(await at.store.commit({ ...scope, delivery: { before, after }, job, deliveryTries: [tryRow(owed, 1)] })).toBe("stale");
        const move = { id: held.id, runAt: T0 + 5, release: true };
        expect(await at.store.commit({ ...scope, delivery: { before, after }, job, jobs: { move: [move] } })).toBe("stale");
        expect(await at.reads.delivery(scope, owed.id)).toMatchObject({ delivery: owed, tries: [] });
        expect(await at.store.commit({ ...scope, job: { id: held.id, token: "mine" } })).toBe("applied");
      });

      test("once of many at once: two people send it again, and it is one more job", async () => {
        const { scope, owed } = await owing();
        const failed: Delivery = { ...owed, status: "failed", tries: 5, nextTryAt: null, finishedAt: T0 };
        await at.store.commit({ ...scope, delivery: { before: owed, after: failed }, jobs: { remove: [jobIdOf(owed.id)] } });
        const again: Delivery = { ...failed, status: "pending", scheduleStart: 5, nextTryAt: T0, finishedAt: null };
        const work = job(scope, { subject: owed.id, queue: "webhook-queue", kind: "webhook", lane: owed.endpointId });
        const retry: Change = { ...scope, delivery: { before: failed, after: again }, jobs: { insert: [work] } };
        const results = await Promise.all(Array.from({ length: 20 }, () => at.store.commit(retry)));
        expect(results.toSorted()).toEqual(["applied", ...Array.from({ length: 19 }, () => "stale")]);
        expect((await at.store.delivery(scope, owed.id))!.delivery).toEqual(again);
      });

      test("cannot be a change of a payment too", async () => {
        const { scope, owed } = await owing();
        const { payment } = (await at.store.load(scope, owed.paymentId!))!;
        const both = moving(payment, {}, { delivery: { before: owed, after: owed } });
        await expect(at.store.commit(both)).rejects.toThrow(TypeError);
      });
    });

    test("a second log row with the number of another is refused, and all that came with it", async () => {
      const { scope, owed } = await owing();
      const missed = { ...owed, tries: 1, lastStatusCode: 500 };
      await at.store.commit({ ...scope, delivery: { before: owed, after: missed }, deliveryTries: [tryRow(owed, 1)] });
      const failure = await at.store
        .commit({ ...scope, delivery: { before: missed, after: { ...missed, tries: 2 } }, deliveryTries: [tryRow(owed, 1)] })
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toHaveProperty("mayHaveCommitted");
      expect((await at.reads.delivery(scope, owed.id))!).toMatchObject({ delivery: missed, tries: [tryRow(owed, 1)] });
    });

    async function owing() {
      const scope = await merchant();
      const to = endpoint(scope, {
        previousSecret: "whsec_old",
        previousSecretUntil: T0 + 9,
        retryIntervalsMs: [0, 5_000],
        goneSince: T0 + 3,
      });
      await at.settings.putEndpoint(to, null);
      const before = await stored(at.store, scope);
      const told = event({ ...before, sequence: 2 }, { type: "payment.failed", body: '{"b":2, "a":"ü"}' });
      const owed = delivery(told, to.id);
      const work = job(scope, { subject: owed.id, queue: "webhook-queue", kind: "webhook", lane: to.id });
      await at.store.commit(moving(before, { sequence: 2 }, { events: [told], deliveries: { insert: [owed] }, jobs: { insert: [work] } }));
      const { id: eventId, type, apiVersion, body, createdAt } = told;
      const whole = { delivery: owed, endpoint: to, event: { id: eventId, type, apiVersion, body, createdAt } };
      return { scope, owed, whole };
    }

    async function merchant(): Promise<Scope> {
      const scope = newScope();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      return scope;
    }
  });
}
