import { describe, expect, test } from "vitest";
import { attempts, deliveries, inbox, payments, refunds, type Kind, type Table } from "../tables.ts";
import { delivery, event, id, inboxRow, moving, newScope, processing, refund, stored, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

/** Every column that is declared as mutable is written by an update and read again, with no list but the declaration. */
export function mutableConformance(make: MakeStorage): void {
  describe("an update writes every mutable column", () => {
    const at = shared(make);
    const error = { code: "gateway_rejected", message: "m", source: "bank", step: "charge" } as const;

    test("of a payment, and counts its version up", async () => {
      const before = await stored(at.store, newScope());
      const after = changed(payments, before, {
        status: "processing",
        amountAuthorized: 900,
        amountCaptured: 500,
        captureReserved: 300,
        amountRefunded: 100,
        refundReserved: 50,
        error,
      });
      expect(await at.store.commit(moving(before, after))).toBe("applied");
      expect((await at.store.load(before, before.id))!.payment).toEqual({ ...after, version: 2 });
    });

    test("of an attempt and of a refund", async () => {
      const { payment, attempt } = await processing(at.store, newScope());
      const before = refund(payment);
      expect(await at.store.commit(moving(payment, {}, { refunds: { insert: [before] } }))).toBe("applied");
      const now = (await at.store.load(payment, payment.id))!.payment;
      const rows = [changed(attempts, attempt, { status: "unknown", error })];
      const given = [changed(refunds, before, { status: "processing", error })];
      expect(await at.store.commit(moving(now, {}, { attempts: { update: rows }, refunds: { update: given } }))).toBe("applied");
      expect(await at.store.load(payment, payment.id)).toMatchObject({ attempts: rows, refunds: given });
    });

    test("of a delivery", async () => {
      const of = await stored(at.store, newScope());
      const told = event({ ...of, sequence: 2 });
      const before = delivery(told, id("whe"));
      await at.store.commit(moving(of, { sequence: 2 }, { events: [told], deliveries: { insert: [before] } }));
      const after = changed(deliveries, before, { status: "failed", tries: 2 });
      const { merchantId, mode } = before;
      expect(await at.store.commit({ merchantId, mode, delivery: { before, after } })).toBe("applied");
      expect((await at.reads.delivery(before, before.id))!.delivery).toEqual(after);
    });

    test("of a gateway event", async () => {
      const scope = newScope();
      const before = inboxRow(scope);
      await at.store.commit({ ...scope, inbox: { insert: [before] } });
      const after = changed(inbox, before, { status: "applied" });
      expect(await at.store.commit({ ...scope, inbox: { update: [after] } })).toBe("applied");
      expect(await at.store.inbox(scope, before.id)).toEqual(after);
    });
  });
}

/** The row with another value in each mutable column: what is given, for the columns that have rules, and else any. */
function changed<Row extends object>(table: Table<Row>, before: Row, given: Partial<Row>): Row {
  const others = table.mutable.map((column) => [column.field, another[column.kind](before[column.field])]);
  const after = { ...before, ...Object.fromEntries(others), ...given } as Row;
  for (const { field } of table.mutable) expect(after[field], field).not.toEqual(before[field]);
  return after;
}

const another: Readonly<Record<Kind, (value: unknown) => unknown>> = {
  text: (value) => `not ${String(value)}`,
  evidence: (value) => `not ${String(value)}`,
  json: (value) => ({ not: value }),
  int: (value) => Number(value) + 1,
  bool: (value) => !value,
  time: (value) => Number(value ?? T0) + 1,
};
