/**
 * Requests by their id. Those that failed, or changed something other than by creating a payment, have a row of their own. A payment
 * keeps the id of the request that created it, without an index: ids begin with their time, so it is found along the primary key among
 * the payments of that minute.
 */
import { REQUEST_LASTS_MS } from "../../core/constants.ts";
import { madeAt, newId } from "../../core/ids.ts";
import type { Scope } from "../../core/model.ts";
import type { FoundRequest, RequestLog, RequestRecord } from "../../core/ports/requests.ts";
import { withFailures, type Database } from "./connect.ts";
import type { Raw } from "./lookups.ts";

export function requestLogOf(database: Database): RequestLog {
  const { query } = withFailures(database);
  const ask = async (name: keyof typeof texts, ...values: readonly unknown[]): Promise<FoundRequest | null> => {
    const [row] = await query({ name, text: texts[name] }, values);
    return row ? foundOf(row) : null;
  };
  return {
    record: async (rows) => void (await query(insertStatement, [JSON.stringify(rows.map(rowText))])),
    find: async ({ merchantId, mode }, id) => {
      const recorded = await ask("request", merchantId, mode, id);
      return saysAll(recorded) ? recorded : together(recorded, await ask("request_of_create", merchantId, mode, ...span(id), id));
    },
  };
}

/** False if a payment may have been created though its caller was not told so: it hung up, or we did not know. */
function saysAll(recorded: FoundRequest | null): boolean {
  return recorded !== null && (recorded.paymentId !== null || (recorded.status !== null && recorded.status < 500));
}

function together(recorded: FoundRequest | null, created: FoundRequest | null): FoundRequest | null {
  if (recorded === null || created === null) return recorded ?? created;
  return { ...recorded, paymentId: created.paymentId, eventId: created.eventId };
}

/** The first and the last id that a payment of this request can have. */
function span(id: string): readonly [string, string] {
  const at = madeAt(id);
  return [newId("pay", at, new Uint8Array(16)), newId("pay", at + REQUEST_LASTS_MS, new Uint8Array(16))];
}

/** As `json_populate_recordset` reads it. */
function rowText(row: RequestRecord): Raw {
  return {
    merchant_id: row.merchantId,
    mode: row.mode,
    id: row.id,
    key_id: row.keyId,
    method: row.method,
    route: row.route,
    subject: row.subject,
    status: row.status,
    error_code: row.errorCode,
    body: row.body,
    payment_id: row.paymentId,
    resource_id: row.resourceId,
    at: new Date(row.at).toISOString(),
    duration_ms: row.durationMs,
  };
}

function foundOf(row: Raw): FoundRequest {
  return {
    merchantId: row.merchant_id as string,
    mode: row.mode as Scope["mode"],
    id: row.id as string,
    keyId: row.key_id as string | null,
    method: row.method as string,
    route: row.route as string,
    subject: row.subject as string | null,
    status: row.status as number | null,
    errorCode: row.error_code as string | null,
    body: row.body as string | null,
    paymentId: row.payment_id as string | null,
    resourceId: row.resource_id as string | null,
    at: row.at as number,
    durationMs: row.duration_ms as number | null,
    eventId: row.event_id as string | null,
  };
}

const insertStatement = {
  name: "record_requests",
  text: "insert into requests select * from json_populate_recordset(null::requests, $1::json) on conflict do nothing",
};

const columns = `r.merchant_id, r.mode, r.id, r.key_id, r.method, r.route, r.subject, r.status, r.error_code, r.body, r.payment_id,
  r.resource_id, r.at, r.duration_ms, null as event_id`;

const texts = {
  request: `select ${columns} from requests r where r.merchant_id = $1 and r.mode = $2 and r.id = $3`,
  request_of_create: `
select p.merchant_id, p.mode, $5::text as id, null as key_id, 'POST' as method, '/v1/payments' as route, null as subject, 201 as status,
  null as error_code, json_strip_nulls(json_build_object('amount', p.amount, 'currency', p.currency, 'method', p.method->>'type',
    'capture_method', p.capture_method))::text as body,
  p.id as payment_id, null as resource_id, p.created_at as at, null::bigint as duration_ms,
  (select e.id from events e where e.payment_id = p.id and e.sequence = 1 and e.merchant_id = p.merchant_id and e.mode = p.mode) as event_id
from payments p
where p.merchant_id = $1 and p.mode = $2 and p.id >= $3 and p.id < $4 and p.request_id = $5 order by p.id limit 1`,
};
