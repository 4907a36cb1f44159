import { describe, expect, test } from "vitest";
import { caseKinds, type CaseKind } from "../../core/case-kinds.ts";
import type { Change } from "../../core/change.ts";
import type { Case, Scope } from "../../core/model.ts";
import { case_, id, newScope, stored, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function caseConformance(make: MakeStorage): void {
  describe("cases", () => {
    const at = shared(make);

    const open = (scope: Scope, ...rows: Case[]): Change => ({ merchantId: scope.merchantId, mode: scope.mode, cases: { open: rows } });
    const byPerson = (before: Case, name = "Ann"): Change => {
      const words = { resolution: "refunded at the gateway", resolvedByName: name };
      const after: Case = { ...before, status: "resolved", resolvedAt: T0 + 9, resolvedBy: "person", ...words };
      return { merchantId: before.merchantId, mode: before.mode, case: { before, after } };
    };

    test.each(Object.keys(caseKinds) as CaseKind[])("of the kind %s are written and read whole", async (kind) => {
      const row = case_(newScope(), { subject: "att_1", kind });
      expect(await at.store.commit(open(row, row))).toBe("applied");
      expect(await at.store.case(row, { id: row.id })).toEqual(row);
      expect(await at.store.case(row, { kind, subject: "att_1" })).toEqual(row);
      expect(await at.store.case(newScope(), { id: row.id })).toBeNull();
      expect(await at.store.case(row, { kind, subject: "att_2" })).toBeNull();
    });

    test("that a sweep opened are found by what they are about, also when they are resolved", async () => {
      const row = case_(newScope(), { subject: "acc_1 ch_1", kind: "unknown_charge" });
      const about = { kind: row.kind, subject: row.subject };
      expect(await at.store.latestCase(row, about)).toBeNull();
      await at.store.commit(open(row, row));
      await at.store.commit(byPerson(row));
      expect(await at.store.latestCase(row, about)).toMatchObject({ id: row.id, status: "resolved" });
      expect(await at.store.latestCase(row, { ...about, kind: "missing_charge" })).toBeNull();
      expect(await at.store.latestCase(newScope(), about)).toBeNull();
    });

    test("two people at once resolve one once; what the first wrote stays (U5)", async () => {
      const row = case_(newScope(), { subject: "att_1" });
      await at.store.commit(open(row, row));
      const results = await Promise.all([at.store.commit(byPerson(row, "Ann")), at.store.commit(byPerson(row, "Bob"))]);
      expect(results.toSorted()).toEqual(["applied", "stale"]);
      const winner = results[0] === "applied" ? "Ann" : "Bob";
      expect(await at.store.case(row, { id: row.id })).toEqual(byPerson(row, winner).case!.after);
      expect(await at.store.commit(byPerson(row, "Eve"))).toBe("stale");
      expect(await at.store.case(row, { kind: row.kind, subject: row.subject })).toBeNull();
    });

    test("that the answer ended are not resolved by a person any more, and the other way round", async () => {
      const row = case_(newScope(), { subject: "att_1" });
      await at.store.commit(open(row, row));
      const answer: Change = {
        merchantId: row.merchantId,
        mode: row.mode,
        cases: { resolve: [{ kind: row.kind, subject: "att_1", resolvedAt: T0 }] },
      };
      expect(await at.store.commit(answer)).toBe("applied");
      expect(await at.store.commit(byPerson(row))).toBe("stale");
      expect((await at.store.case(row, { id: row.id }))!.resolvedBy).toBe("answer");
      const other = case_(row, { subject: "att_1" });
      await at.store.commit(open(other, other));
      expect(await at.store.commit(byPerson(other))).toBe("applied");
      expect(await at.store.commit(answer)).toBe("applied");
      expect((await at.store.case(row, { id: other.id }))!.resolvedBy).toBe("person");
    });

    test("that are stale write nothing else of their change", async () => {
      const [row, beside] = [case_(newScope(), { subject: "a" }), case_(newScope(), { subject: "b" })];
      await at.store.commit(open(row, row));
      await at.store.commit(byPerson(row));
      const both = { ...byPerson(row), cases: { open: [{ ...beside, merchantId: row.merchantId, mode: row.mode }] } };
      expect(await at.store.commit(both)).toBe("stale");
      expect(await at.store.case(row, { id: beside.id })).toBeNull();
    });

    test("of a payment are loaded while they are open, and after a person resolved them; not once they are answered", async () => {
      const payment = await stored(at.store, newScope());
      const rows = ["a", "b", "c"].map((subject) => case_(payment, { subject, paymentId: payment.id }));
      await at.store.commit(open(payment, ...rows));
      await at.store.commit(byPerson(rows[0]!));
      const ends = [{ kind: rows[1]!.kind, subject: "b", resolvedAt: T0 }];
      await at.store.commit({ merchantId: payment.merchantId, mode: payment.mode, cases: { resolve: ends } });
      const known = (await at.store.load(payment, payment.id))!.cases;
      expect(known.map((row) => [row.subject, row.status])).toEqual([
        ["a", "resolved"],
        ["c", "open"],
      ]);
    });

    test("are listed for the operator over all merchants, newest first, page by page, by kind, status and merchant (U5)", async () => {
      const [one, other] = [newScope(), newScope()];
      const emails = await Promise.all([one, other].map((scope) => merchant(scope)));
      const scopes = [one, other, one];
      const rows = scopes.map((scope, n) => case_(scope, { subject: `s${n}`, kind: n === 1 ? "overdue" : "late_truth" }));
      for (const row of rows) await at.store.commit(open(row, row));
      const newest = rows.map((row) => ({ ...row, merchantEmail: emails[row.merchantId === one.merchantId ? 0 : 1] })).toReversed();
      const first = await at.reads.casesOfAll({ limit: 2 });
      expect(first).toEqual({ rows: newest.slice(0, 2), hasMore: true });
      const rest = await at.reads.casesOfAll({ limit: 1, startingAfter: newest[1]!.id });
      expect(rest.rows).toEqual([newest[2]]);
      expect((await at.reads.casesOfAll({ limit: 9, merchantId: one.merchantId })).rows).toEqual([newest[0], newest[2]]);
      expect((await at.reads.casesOfAll({ limit: 9, merchantId: one.merchantId, kind: "overdue" })).rows).toEqual([]);
      const before = await at.reads.openCases();
      await at.store.commit(byPerson(rows[1]!));
      expect(await at.reads.openCases()).toBe(before - 1);
      const resolved = await at.reads.casesOfAll({ limit: 9, merchantId: other.merchantId, status: "resolved", kind: "overdue" });
      expect(resolved.rows.map((row) => row.id)).toEqual([rows[1]!.id]);
      expect(await at.reads.caseOfAny(rows[0]!.id)).toEqual(newest[2]);
      expect(await at.reads.caseOfAny(id("case"))).toBeNull();
    });

    async function merchant(scope: Scope): Promise<string> {
      const email = `${scope.merchantId}@example.com`.toLowerCase();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email, createdAt: T0 });
      return email;
    }
  });
}
