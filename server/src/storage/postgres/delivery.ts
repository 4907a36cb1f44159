import type { MoneyEvent, Scope } from "../../core/model.ts";
import type { DeliveryLoad } from "../../core/ports/store.ts";
import type { Seal } from "../seal.ts";
import type { Input } from "./arrays.ts";
import { batchedLookup } from "./batched-lookup.ts";
import type { Database } from "./connect.ts";
import { endpointColumns, endpointOpener } from "./settings.ts";
import { deliveries } from "../tables.ts";

interface Wanted extends Scope {
  readonly id: string;
}

/** What deliveries need to be sent, many in one statement: thousands are due when a receiver comes back. */
export function deliveryLoader(database: Database, seal: Seal): (scope: Scope, id: string) => Promise<DeliveryLoad | null> {
  const toEndpoint = endpointOpener(seal);
  const rowOf = (row: Raw): DeliveryLoad => {
    const endpoint = row.endpoint as Raw | null;
    return { delivery: deliveries.rowOf(row), endpoint: endpoint && toEndpoint(withTimes(endpoint)), event: eventOf(row) };
  };
  const load = batchedLookup<Wanted, DeliveryLoad>(database, { name: "delivery", inputs, text, rowOf });
  return (scope, id) => load({ merchantId: scope.merchantId, mode: scope.mode, id });
}

type Raw = Readonly<Record<string, unknown>>;

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
  const until = row.previous_secret_until;
  return {
    ...row,
    created_at: Date.parse(row.created_at as string),
    previous_secret_until: until === null ? null : Date.parse(until as string),
  };
}

const inputs: readonly Input<Wanted>[] = [
  { name: "merchant_id", kind: "text", of: (row) => row.merchantId },
  { name: "mode", kind: "text", of: (row) => row.mode },
  { name: "delivery_id", kind: "text", of: (row) => row.id },
];

const text = (r: string): string => `
select r.i, ${deliveries.select("d")}, e.type as event_type, e.body as event_body, e.created_at as event_at,
  (select row_to_json(x) from (select ${endpointColumns} from webhook_endpoints w
    where w.merchant_id = d.merchant_id and w.mode = d.mode order by w.id = d.endpoint_id desc limit 1) x) as endpoint
from ${r}
join deliveries d on d.merchant_id = r.merchant_id and d.mode = r.mode and d.id = r.delivery_id
join events e on e.merchant_id = d.merchant_id and e.mode = d.mode and e.id = d.event_id
where r.i is not null`;
