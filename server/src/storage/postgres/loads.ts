/** What thousands ask for at once: snapshots of payments, deliveries, the events that answer. Each is asked in batches. */
import type { CaseMark, ConnectorAccount, MoneyEvent, Scope, Snapshot } from "../../core/model.ts";
import type { DeliveryLoad } from "../../core/ports/store.ts";
import type { Seal } from "../seal.ts";
import { attempts, deliveries, payments, refunds } from "../tables.ts";
import { parametersOf, unnested, type Input } from "./arrays.ts";
import { batcher } from "./batcher.ts";
import type { Database } from "./connect.ts";
import { endpointColumns, endpointOpener } from "./settings.ts";

type Raw = Readonly<Record<string, unknown>>;

interface WantedPayment extends Scope {
  readonly paymentId: string;
}

/** Snapshots for decisions, many in one statement. Throws `StoreUnavailable`. */
export function loader(database: Database): (scope: Scope, paymentId: string) => Promise<Snapshot | null> {
  const load = batchedLookup<WantedPayment, Snapshot>(database, {
    name: "load",
    inputs: paymentInputs,
    text: snapshotText,
    rowOf: snapshotOf,
  });
  return (scope, paymentId) => load({ merchantId: scope.merchantId, mode: scope.mode, paymentId });
}

function snapshotOf(row: Raw): Snapshot {
  return {
    payment: payments.rowOf(row),
    attempts: ((row.attempts as Raw[] | null) ?? []).map(attempts.rowOf),
    refunds: ((row.refunds as Raw[] | null) ?? []).map(refunds.rowOf),
    endpointIds: row.endpoint_ids === null ? [] : (row.endpoint_ids as string).split(","),
    accounts: (row.accounts as Pick<ConnectorAccount, "id" | "connector" | "priority">[] | null) ?? [],
    cases: (row.cases as CaseMark[] | null) ?? [],
  };
}

const paymentInputs: readonly Input<WantedPayment>[] = [
  { name: "merchant_id", kind: "text", of: (row) => row.merchantId },
  { name: "mode", kind: "text", of: (row) => row.mode },
  { name: "payment_id", kind: "text", of: (row) => row.paymentId },
];

/** A `CaseMark` as JSON. */
export function caseMark(alias: string): string {
  const at = `round(extract(epoch from ${alias}.opened_at) * 1000)`;
  return `json_build_object('id', ${alias}.id, 'kind', ${alias}.kind, 'subject', ${alias}.subject, 'status', ${alias}.status, 'openedAt', ${at})`;
}

/** An aggregate over no row is null and costs one index probe: a fresh payment has nothing but itself. */
const snapshotText = (r: string): string => `
select r.i, ${payments.select("p")},
  (select json_agg(row_to_json(a) order by a.created_at, a.id) from attempts a
    where a.merchant_id = p.merchant_id and a.mode = p.mode and a.payment_id = p.id) as attempts,
  (select json_agg(row_to_json(f) order by f.created_at, f.id) from refunds f
    where f.merchant_id = p.merchant_id and f.mode = p.mode and f.payment_id = p.id) as refunds,
  (select string_agg(w.id, ',' order by w.id) from webhook_endpoints w
    where w.merchant_id = p.merchant_id and w.mode = p.mode) as endpoint_ids,
  (select json_agg(json_build_object('id', c.id, 'connector', c.connector, 'priority', c.priority) order by c.priority, c.id)
    from connector_accounts c where c.merchant_id = p.merchant_id and c.mode = p.mode and c.status = 'enabled') as accounts,
  (select json_agg(${caseMark("o")} order by o.id) from cases o
    where o.merchant_id = p.merchant_id and o.mode = p.mode and o.payment_id = p.id and o.resolved_by is distinct from 'answer') as cases
from ${r}
join payments p on p.merchant_id = r.merchant_id and p.mode = r.mode and p.id = r.payment_id
where r.i is not null`;

interface WantedDelivery extends Scope {
  readonly id: string;
}

/** What deliveries need to be sent, many in one statement: thousands are due when a receiver comes back. */
export function deliveryLoader(database: Database, seal: Seal): (scope: Scope, id: string) => Promise<DeliveryLoad | null> {
  const toEndpoint = endpointOpener(seal);
  const rowOf = (row: Raw): DeliveryLoad => {
    const endpoint = row.endpoint as Raw | null;
    return { delivery: deliveries.rowOf(row), endpoint: endpoint && toEndpoint(withTimes(endpoint)), event: eventOf(row) };
  };
  const load = batchedLookup<WantedDelivery, DeliveryLoad>(database, {
    name: "delivery",
    inputs: deliveryInputs,
    text: deliveryText,
    rowOf,
  });
  return (scope, id) => load({ merchantId: scope.merchantId, mode: scope.mode, id });
}

function eventOf(row: Raw): DeliveryLoad["event"] {
  return {
    id: row.event_id as string,
    type: row.event_type as MoneyEvent["type"],
    body: row.event_body as string,
    createdAt: row.event_at as number,
  };
}

/** JSON carries times as ISO text. */
function withTimes(row: Raw): Raw {
  const times = ["created_at", "previous_secret_until", "disabled_at", "gone_since"].map((name) => {
    const at = row[name] as string | null;
    return [name, at === null ? null : Date.parse(at)];
  });
  return { ...row, ...Object.fromEntries(times) };
}

const deliveryInputs: readonly Input<WantedDelivery>[] = [
  { name: "merchant_id", kind: "text", of: (row) => row.merchantId },
  { name: "mode", kind: "text", of: (row) => row.mode },
  { name: "delivery_id", kind: "text", of: (row) => row.id },
];

const deliveryText = (r: string): string => `
select r.i, ${deliveries.select("d")}, e.type as event_type, e.body as event_body, e.created_at as event_at,
  (select row_to_json(x) from (select ${endpointColumns} from webhook_endpoints w
    where w.merchant_id = d.merchant_id and w.mode = d.mode order by w.id = d.endpoint_id desc limit 1) x) as endpoint
from ${r}
join deliveries d on d.merchant_id = r.merchant_id and d.mode = r.mode and d.id = r.delivery_id
join events e on e.merchant_id = d.merchant_id and e.mode = d.mode and e.id = d.event_id
where r.i is not null`;

type FoundEvent = Pick<MoneyEvent, "id" | "type" | "body">;

interface WantedEvent extends Scope {
  readonly paymentId: string;
  readonly closes: string;
}

/**
 * The event of a payment that closed the charge, or this attempt: the first, where there are several. Two thousand who wait for their
 * answers ask this twice a second each, so many are asked in one statement. Throws `StoreUnavailable`.
 */
export function eventFinder(database: Database): (scope: Scope, paymentId: string, closes: string) => Promise<FoundEvent | null> {
  const find = batchedLookup<WantedEvent, FoundEvent>(database, {
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
    rowOf: (row) => ({ id: row.id as string, type: row.type as FoundEvent["type"], body: row.body as string }),
  });
  return (scope, paymentId, closes) => find({ merchantId: scope.merchantId, mode: scope.mode, paymentId, closes });
}

export interface BatchedLookup<Wanted, Found> {
  readonly name: string;
  /** Columns by which rows are found. */
  readonly inputs: readonly Input<Wanted>[];
  /** The statement over `r`, whose columns are `i` (to be selected as it is) and the inputs. */
  readonly text: (r: string) => string;
  readonly rowOf: (row: Readonly<Record<string, unknown>>) => Found;
}

/** A question that thousands ask at once: all that wait are asked in one statement. Throws `StoreUnavailable`. */
export function batchedLookup<Wanted, Found>(
  database: Database,
  lookup: BatchedLookup<Wanted, Found>,
): (wanted: Wanted) => Promise<Found | null> {
  const inputs: readonly Input<Numbered<Wanted>>[] = [
    { name: "i", kind: "int", of: (row) => row.i },
    ...lookup.inputs.map((input) => ({ ...input, of: (row: Numbered<Wanted>) => input.of(row.wanted) })),
  ];
  const statement = { name: lookup.name, text: lookup.text(unnested(inputs, 1)) };
  const ask = batcher<Wanted, (() => Found) | null>({
    run: async (all) => {
      const numbered = all.map((wanted, i) => ({ i, wanted }));
      const rows = await database.query(statement, parametersOf(inputs, numbered));
      const found: ((() => Found) | null)[] = all.map(() => null);
      for (const row of rows) found[row.i as number] = () => lookup.rowOf(row);
      return found;
    },
    keysOf: () => [],
  });
  // A row that does not open fails who asked for it, not who asked beside them.
  return async (wanted) => (await ask(wanted))?.() ?? null;
}

interface Numbered<Wanted> {
  readonly i: number;
  readonly wanted: Wanted;
}
