import type { Case, ConnectorAccount, Scope, Snapshot } from "../../core/model.ts";
import type { Input } from "./arrays.ts";
import { batchedLookup } from "./batched-lookup.ts";
import type { Database } from "./connect.ts";
import { attempts, payments, refunds } from "../tables.ts";

interface Wanted extends Scope {
  readonly paymentId: string;
}

/** Snapshots for decisions, many in one statement. Throws `StoreUnavailable`. */
export function loader(database: Database): (scope: Scope, paymentId: string) => Promise<Snapshot | null> {
  const load = batchedLookup<Wanted, Snapshot>(database, { name: "load", inputs, text, rowOf: snapshotOf });
  return (scope, paymentId) => load({ merchantId: scope.merchantId, mode: scope.mode, paymentId });
}

type Raw = Readonly<Record<string, unknown>>;

function snapshotOf(row: Raw): Snapshot {
  return {
    payment: payments.rowOf(row),
    attempts: ((row.attempts as Raw[] | null) ?? []).map(attempts.rowOf),
    refunds: ((row.refunds as Raw[] | null) ?? []).map(refunds.rowOf),
    endpointIds: row.endpoint_ids === null ? [] : (row.endpoint_ids as string).split(","),
    accounts: (row.accounts as Pick<ConnectorAccount, "id" | "connector" | "priority">[] | null) ?? [],
    openCases: (row.open_cases as Pick<Case, "id" | "kind" | "subject">[] | null) ?? [],
  };
}

const inputs: readonly Input<Wanted>[] = [
  { name: "merchant_id", kind: "text", of: (row) => row.merchantId },
  { name: "mode", kind: "text", of: (row) => row.mode },
  { name: "payment_id", kind: "text", of: (row) => row.paymentId },
];

/** An aggregate over no row is null and costs one index probe: a fresh payment has nothing but itself. */
const text = (r: string): string => `
select r.i, ${payments.select("p")},
  (select json_agg(row_to_json(a) order by a.created_at, a.id) from attempts a
    where a.merchant_id = p.merchant_id and a.mode = p.mode and a.payment_id = p.id) as attempts,
  (select json_agg(row_to_json(f) order by f.created_at, f.id) from refunds f
    where f.merchant_id = p.merchant_id and f.mode = p.mode and f.payment_id = p.id) as refunds,
  (select string_agg(w.id, ',' order by w.id) from webhook_endpoints w
    where w.merchant_id = p.merchant_id and w.mode = p.mode and w.status = 'enabled') as endpoint_ids,
  (select json_agg(json_build_object('id', c.id, 'connector', c.connector, 'priority', c.priority) order by c.priority, c.id)
    from connector_accounts c where c.merchant_id = p.merchant_id and c.mode = p.mode and c.status = 'enabled') as accounts,
  (select json_agg(json_build_object('id', o.id, 'kind', o.kind, 'subject', o.subject) order by o.id) from cases o
    where o.merchant_id = p.merchant_id and o.mode = p.mode and o.payment_id = p.id and o.status = 'open') as open_cases
from ${r}
join payments p on p.merchant_id = r.merchant_id and p.mode = r.mode and p.id = r.payment_id
where r.i is not null`;
