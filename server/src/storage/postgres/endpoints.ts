/** Webhook endpoints: their statements, and their secrets on the way in and out. */
import { headersChange } from "../../core/admin-actions.ts";
import { ENDPOINTS_MAX } from "../../core/constants.ts";
import type { Endpoint, IdempotencyRow } from "../../core/model.ts";
import type { Settings } from "../../core/ports/settings.ts";
import type { Seal } from "../seal.ts";
import { idempotency, table } from "../tables.ts";
import { namesOf, parametersOf } from "./arrays.ts";
import { withFailures, type Database } from "./connect.ts";
import { orDuplicate } from "./failures.ts";
import { putWithKey } from "./idempotency.ts";
import type { Raw } from "./lookups.ts";

type Sealed<Row, Secret extends keyof Row> = Omit<Row, Secret> & { readonly [Name in Secret as `${Name & string}Sealed`]: string | null };

const endpoints = table<Sealed<Endpoint, "secret" | "previousSecret" | "headers">>("webhook_endpoints", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode"),
  ...mutable("text", "freely", "id", "url", "description", "status", "disabledReason", "apiVersion"),
  ...mutable("text", "freely", "secretSealed", "previousSecretSealed", "headersSealed"),
  ...mutable("time", "freely", "disabledAt", "goneSince", "secretCreatedAt", "previousSecretUntil", "createdAt", "breakerUntil"),
  ...mutable("int", "freely", "version", "breakerTrips"),
  // Arrays, which the driver sends as such, and which come back within the row's JSON.
  ...mutable("json", "freely", "events", "retryIntervalsMs", "predecessors"),
}));

type EndpointSettings = Pick<
  Settings,
  "putEndpoint" | "addEndpoint" | "changeEndpoint" | "removeEndpoint" | "endpoint" | "endpoints" | "moveEndpoint" | "moveBreaker"
>;

/** One statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function endpointSettings(database: Database, seal: Seal): EndpointSettings {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, values: readonly unknown[], by?: string) => query({ name, text: texts[name] }, values, by);
  const valuesOf = (columns: typeof endpoints.columns, endpoint: Endpoint, key: IdempotencyRow | undefined, rest: readonly unknown[]) => {
    const row = sealedEndpoint(seal, endpoint);
    return [...columns.map((column) => column.of(row)), ...rest, ...parametersOf(idempotency.columns, key ? [key] : [])];
  };
  const write = (name: keyof typeof texts, endpoint: Endpoint, key: IdempotencyRow | undefined, ...rest: readonly unknown[]) =>
    orDuplicate(run(name, valuesOf(endpoints.columns, endpoint, key, rest)));
  const outcome = (rows: Awaited<ReturnType<typeof write>>) => (rows === "duplicate" ? rows : rows.length > 0 ? "applied" : "stale");
  return {
    putEndpoint: async (endpoint, replaces, key) =>
      outcome(await (replaces === null ? write("first_endpoint", endpoint, key) : write("replace_endpoint", endpoint, key, replaces))),
    async addEndpoint(endpoint, key) {
      const rows = await write("add_endpoint", endpoint, key);
      if (rows === "duplicate") return rows;
      return rows[0]!.id === null ? (rows[0]!.slot === null ? "full" : "stale") : "applied";
    },
    async changeEndpoint(before, after, key) {
      // The trigger sees other sealed bytes each time: only here it is known whether what they hold differs.
      const secrets = headersChange(before.headers, after.headers);
      const by = secrets && JSON.stringify({ kind: "system", ...database.by, secrets });
      return outcome(await orDuplicate(run("change_endpoint", valuesOf(changed, after, key, [before.version]), by)));
    },
    removeEndpoint: async ({ merchantId, mode }, id) => (await run("remove_endpoint", [merchantId, mode, id])).length > 0,
    async endpoint({ merchantId, mode }, id) {
      const [row] = id === undefined ? await run("any_endpoint", [merchantId, mode]) : await run("find_endpoint", [merchantId, mode, id]);
      return row ? openEndpoint(seal, row.endpoint as Raw) : null;
    },
    endpoints: async ({ merchantId, mode }) =>
      (await run("list_endpoints", [merchantId, mode])).map((row) => openEndpoint(seal, row.endpoint as Raw)),
    async moveEndpoint({ merchantId, mode, id, status, goneSince }, after) {
      const to = [after.status, after.disabledReason, after.disabledAt, after.goneSince];
      return (await run("move_endpoint", [merchantId, mode, id, status, goneSince, ...to])).length > 0;
    },
    moveBreaker: async ({ merchantId, mode, id, breakerUntil: before }, { breakerUntil, breakerTrips }) =>
      (await run("move_breaker", [merchantId, mode, id, before, breakerUntil, breakerTrips])).length > 0,
  };
}

/** An endpoint as `row_to_json` gives it, with its secrets in the clear. Throws `SealBroken`. */
export function openEndpoint(seal: Seal, raw: Raw): Endpoint {
  const { secretSealed, previousSecretSealed: previous, headersSealed: headers, ...row } = endpoints.rowOf(raw);
  const open = (sealed: string, column: string) => seal.open(sealed, placeOf(row, column));
  return {
    ...row,
    secret: open(secretSealed!, "secret"),
    previousSecret: previous === null ? null : open(previous, "previous_secret"),
    headers: headers === null ? {} : (JSON.parse(open(headers, "headers")) as Endpoint["headers"]),
  };
}

function sealedEndpoint(seal: Seal, { secret, previousSecret, headers, ...row }: Endpoint) {
  const sealed = (text: string, column: string) => seal.seal(text, placeOf(row, column));
  return {
    ...row,
    secretSealed: sealed(secret, "secret"),
    previousSecretSealed: previousSecret === null ? null : sealed(previousSecret, "previous_secret"),
    headersSealed: Object.keys(headers).length === 0 ? null : sealed(JSON.stringify(headers), "headers"),
  };
}

function placeOf({ merchantId, mode, id }: Pick<Endpoint, "merchantId" | "mode" | "id">, column: string) {
  return { table: "webhook_endpoints", merchantId, mode, id, column };
}

/** What the merchant sets, after what names the row. */
const changed = endpoints.pick(
  "merchantId",
  "mode",
  "id",
  "url",
  "description",
  "events",
  "secretSealed",
  "secretCreatedAt",
  "previousSecretSealed",
  "previousSecretUntil",
  "headersSealed",
  "retryIntervalsMs",
  "apiVersion",
);

/** A statement's parameters are these columns of its row; what follows them begins with `next`. */
function numbered(columns: typeof endpoints.columns) {
  const of = ({ name, kind }: { readonly name: string; readonly kind: string }): string => {
    const at = `$${columns.findIndex((column) => column.name === name) + 1}`;
    return kind === "time" ? `to_timestamp(${at}::float8 / 1000)` : at;
  };
  const named = (name: string) => of(columns.find((column) => column.name === name)!);
  return {
    named,
    values: columns.map(of).join(", "),
    set: columns
      .filter(({ change }) => change !== null)
      .map((column) => `${column.name} = ${of(column)}`)
      .join(", "),
    mine: `merchant_id = ${named("merchant_id")} and mode = ${named("mode")}`,
    next: columns.length + 1,
  };
}

const all = numbered(endpoints.columns);
const some = numbered(changed);
const names = namesOf(endpoints.columns);

const texts = {
  // The first place is the one of the short form, so of two first ones at once one wins.
  first_endpoint: `with ${putWithKey(
    `insert into webhook_endpoints (${names}, slot) select ${all.values}, 1
      where not exists (select from webhook_endpoints where ${all.mine}) on conflict (merchant_id, mode, slot) do nothing`,
    all.next,
  )} select id from put`,
  replace_endpoint: `with ${putWithKey(
    `update webhook_endpoints set ${all.set}
      where ${all.mine} and id = $${all.next} and (id <> ${all.named("id")} or version = ${all.named("version")})`,
    all.next + 1,
  )} select id from put`,
  add_endpoint: `with free as (select min(s) as slot from generate_series(1, ${ENDPOINTS_MAX}) s
      where not exists (select from webhook_endpoints where ${all.mine} and slot = s)
    ), ${putWithKey(
      `insert into webhook_endpoints (${names}, slot) select ${all.values}, slot from free where slot is not null
      on conflict (merchant_id, mode, slot) do nothing`,
      all.next,
    )} select (select slot from free) as slot, (select id from put) as id`,
  change_endpoint: `with ${putWithKey(
    `update webhook_endpoints set ${some.set}, version = version + 1 where ${some.mine} and id = ${some.named("id")} and version = $${some.next}`,
    some.next + 1,
  )} select id from put`,
  remove_endpoint: "delete from webhook_endpoints where merchant_id = $1 and mode = $2 and id = $3 returning id",
  any_endpoint: "select row_to_json(w) as endpoint from webhook_endpoints w where w.merchant_id = $1 and w.mode = $2 order by w.id limit 1",
  find_endpoint: "select row_to_json(w) as endpoint from webhook_endpoints w where w.merchant_id = $1 and w.mode = $2 and w.id = $3",
  list_endpoints: "select row_to_json(w) as endpoint from webhook_endpoints w where w.merchant_id = $1 and w.mode = $2 order by w.id",
  move_breaker: `update webhook_endpoints set breaker_until = to_timestamp($5::float8 / 1000), breaker_trips = $6
    where merchant_id = $1 and mode = $2 and id = $3 and breaker_until is not distinct from to_timestamp($4::float8 / 1000)::timestamptz(3)
    returning id`,
  move_endpoint: `update webhook_endpoints set status = $6, disabled_reason = $7, disabled_at = to_timestamp($8::float8 / 1000),
      gone_since = to_timestamp($9::float8 / 1000)
    where merchant_id = $1 and mode = $2 and id = $3 and status = $4
      and gone_since is not distinct from to_timestamp($5::float8 / 1000)::timestamptz(3) returning id`,
} as const;
