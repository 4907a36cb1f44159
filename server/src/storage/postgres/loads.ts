/** What thousands ask for at once: snapshots of payments, deliveries, the events that answer. Each is asked in batches. */
import type { CaseMark, MoneyEvent, Scope, Snapshot } from "../../core/model.ts";
import type { Routes } from "../../core/routing/rules.ts";
import type { DeliveryLoad, MailLoad } from "../../core/ports/store.ts";
import { remembering, type Seal } from "../seal.ts";
import { attempts, deliveries, payments, refunds } from "../tables.ts";
import { parametersOf, unnested, type Input } from "./arrays.ts";
import { batcher } from "./batcher.ts";
import type { Database } from "./connect.ts";
import { eventOf, type Raw } from "./lookups.ts";
import { emailSettings } from "./emails.ts";
import { openEndpoint } from "./endpoints.ts";

/** What names a payment, delivery or event of the loader's statement. */
const scoped = ["merchant_id", "mode"] as const;

/** Snapshots for decisions, many in one statement. Throws `StoreUnavailable`. */
export function loader(database: Database): (scope: Scope, paymentId: string) => Promise<Snapshot | null> {
  const load = batchedLookup(database, { name: "load", keys: [...scoped, "payment_id"], text: snapshotText, rowOf: snapshotOf });
  return (scope, paymentId) => load([scope.merchantId, scope.mode, paymentId]);
}

function snapshotOf(row: Raw): Snapshot {
  return {
    payment: payments.rowOf(row),
    attempts: ((row.attempts as Raw[] | null) ?? []).map(attempts.rowOf),
    refunds: ((row.refunds as Raw[] | null) ?? []).map(refunds.rowOf),
    endpoints: subscribersOf(row.endpoints as string | null),
    ...routesOf(row),
    cases: (row.cases as CaseMark[] | null) ?? [],
  };
}

/** Enabled accounts and routing rules of the merchant and mode of this row. */
export function routesText(alias: string): string {
  const own = (table: string) => `${table}.merchant_id = ${alias}.merchant_id and ${table}.mode = ${alias}.mode`;
  return `(select json_agg(json_build_object('id', c.id, 'connector', c.connector, 'priority', c.priority) order by c.priority, c.id)
    from connector_accounts c where ${own("c")} and c.status = 'enabled') as accounts,
  (select l.rules from routing_rules l where ${own("l")}) as rules`;
}

export function routesOf(row: Raw): Routes {
  return { accounts: (row.accounts as Routes["accounts"] | null) ?? [], rules: (row.rules as Routes["rules"] | null) ?? [] };
}

/** Of `id filter filter,id filter`: names of event types hold neither. Text is cheaper than JSON, and each load has it. */
function subscribersOf(text: string | null): Snapshot["endpoints"] {
  if (text === null) return [];
  return text.split(",").map((one) => {
    const [id, ...events] = one.split(" ");
    return { id: id!, events };
  });
}

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
  (select string_agg(w.id || ' ' || array_to_string(w.events, ' '), ',' order by w.id) from (
    select id, events from webhook_endpoints e where e.merchant_id = p.merchant_id and e.mode = p.mode
    union all select id, events from email_settings s where s.merchant_id = p.merchant_id and s.mode = p.mode and s.enabled) w) as endpoints,
  ${routesText("p")},
  (select json_agg(${caseMark("o")} order by o.id) from cases o
    where o.merchant_id = p.merchant_id and o.mode = p.mode and o.payment_id = p.id and o.resolved_by is distinct from 'answer') as cases
from ${r}
join payments p on p.merchant_id = r.merchant_id and p.mode = r.mode and p.id = r.payment_id
where r.i is not null`;

/** What deliveries need to be sent, many in one statement: thousands are due when a receiver comes back. */
export function deliveryLoader(database: Database, given: Seal): (scope: Scope, id: string) => Promise<DeliveryLoad | null> {
  // A delivery needs its endpoint's secret, and opening it costs more than the rest of the load.
  const seal = remembering(given);
  const rowOf = (row: Raw): DeliveryLoad => ({
    delivery: deliveries.rowOf(row),
    endpoint: row.endpoint === null ? null : openEndpoint(seal, row.endpoint as Raw),
    mail: row.mail === null ? undefined : mailOf(row.mail as Raw),
    event: eventOf(row),
  });
  const load = batchedLookup(database, { name: "delivery", keys: [...scoped, "delivery_id"], text: deliveryText, rowOf });
  return (scope, id) => load([scope.merchantId, scope.mode, id]);
}

function mailOf({ settings, payment, merchant }: Raw): MailLoad {
  return {
    settings: settings === null ? null : emailSettings.rowOf(settings as Raw),
    merchantName: merchant as string,
    payment: payments.rowOf(payment as Raw),
  };
}

const deliveryText = (r: string): string => `
select r.i, ${deliveries.select("d")}, e.api_version as event_version, e.body as event_body, e.created_at as event_at,
  (select row_to_json(w) from webhook_endpoints w
    where w.merchant_id = d.merchant_id and w.mode = d.mode and (w.id = d.endpoint_id or d.endpoint_id = any(w.predecessors))
    order by w.id = d.endpoint_id desc, w.id limit 1) as endpoint,
  case when d.channel = 'email' then (select json_build_object('settings', row_to_json(s), 'payment', row_to_json(p), 'merchant', m.name)
    from payments p join merchants m on m.id = p.merchant_id
    left join email_settings s on s.merchant_id = p.merchant_id and s.mode = p.mode
    where p.merchant_id = d.merchant_id and p.mode = d.mode and p.id = d.payment_id) end as mail
from ${r}
join deliveries d on d.merchant_id = r.merchant_id and d.mode = r.mode and d.id = r.delivery_id
join events e on e.merchant_id = d.merchant_id and e.mode = d.mode and e.id = d.event_id
where r.i is not null`;

type FoundEvent = Pick<MoneyEvent, "id" | "type" | "apiVersion" | "body">;

/**
 * The event of a payment that closed the charge, or this attempt: the first, where there are several. Two thousand who wait for their
 * answers ask this twice a second each, so many are asked in one statement. Throws `StoreUnavailable`.
 */
export function eventFinder(database: Database): (scope: Scope, paymentId: string, closes: string) => Promise<FoundEvent | null> {
  const find = batchedLookup(database, {
    name: "find_event",
    keys: [...scoped, "payment_id", "closes"],
    text: (r) => `
select r.i, e.id, e.type, e.api_version, e.body
from ${r}
cross join lateral (select e.id, e.type, e.api_version, e.body from events e
  where e.merchant_id = r.merchant_id and e.mode = r.mode and e.payment_id = r.payment_id and e.closes = r.closes
  order by e.sequence limit 1) e`,
    rowOf: (row) => ({
      id: row.id as string,
      type: row.type as FoundEvent["type"],
      apiVersion: row.api_version as string,
      body: row.body as string,
    }),
  });
  return (scope, paymentId, closes) => find([scope.merchantId, scope.mode, paymentId, closes]);
}

export interface BatchedLookup<Found> {
  readonly name: string;
  /** The columns of `r` by which a row is found. */
  readonly keys: readonly string[];
  /** The statement over `r`, whose columns are `i` (to be selected as it is) and the keys. */
  readonly text: (r: string) => string;
  readonly rowOf: (row: Raw) => Found;
}

interface Asked {
  readonly i: number;
  /** One for each of the lookup's keys. */
  readonly values: readonly string[];
}

/** A question that thousands ask at once: all that wait are asked in one statement. Throws `StoreUnavailable`. */
export function batchedLookup<Found>(
  database: Database,
  { name, keys, text, rowOf }: BatchedLookup<Found>,
): (values: readonly string[]) => Promise<Found | null> {
  const inputs: readonly Input<Asked>[] = [
    { name: "i", kind: "int", of: ({ i }) => i },
    ...keys.map((key, at): Input<Asked> => ({ name: key, kind: "text", of: ({ values }) => values[at] })),
  ];
  const statement = { name, text: text(unnested(inputs, 1)) };
  const ask = batcher<readonly string[], (() => Found) | null>({
    run: async (all) => {
      const asked = all.map((values, i) => ({ i, values }));
      const rows = await database.query(statement, parametersOf(inputs, asked));
      const found: ((() => Found) | null)[] = all.map(() => null);
      for (const row of rows) found[row.i as number] = () => rowOf(row);
      return found;
    },
    keysOf: () => [],
  });
  // A row that does not open fails who asked for it, not who asked beside them.
  return async (values) => (await ask(values))?.() ?? null;
}
