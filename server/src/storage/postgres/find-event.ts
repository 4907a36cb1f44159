import type { MoneyEvent, Scope } from "../../core/model.ts";
import { batchedLookup } from "./batched-lookup.ts";
import type { Database } from "./connect.ts";

type Found = Pick<MoneyEvent, "id" | "type" | "body">;

interface Wanted extends Scope {
  readonly paymentId: string;
  readonly closes: string;
}

/**
 * The event of a payment that closed the charge, or this attempt: the first, where there are several. Two thousand who wait for their
 * answers ask this twice a second each, so many are asked in one statement. Throws `StoreUnavailable`.
 */
export function eventFinder(database: Database): (scope: Scope, paymentId: string, closes: string) => Promise<Found | null> {
  const find = batchedLookup<Wanted, Found>(database, {
    name: "find_event",
    inputs: [
      { name: "merchant_id", kind: "text", of: (row) => row.merchantId },
      { name: "mode", kind: "text", of: (row) => row.mode },
      { name: "payment_id", kind: "text", of: (row) => row.paymentId },
      { name: "closes", kind: "text", of: (row) => row.closes },
    ],
    text: (r) => `
select r.i, e.id, e.type, e.body
from ${r}
cross join lateral (select e.id, e.type, e.body from events e
  where e.merchant_id = r.merchant_id and e.mode = r.mode and e.payment_id = r.payment_id and e.closes = r.closes
  order by e.sequence limit 1) e`,
    rowOf: (row) => ({ id: row.id as string, type: row.type as Found["type"], body: row.body as string }),
  });
  return (scope, paymentId, closes) => find({ merchantId: scope.merchantId, mode: scope.mode, paymentId, closes });
}
