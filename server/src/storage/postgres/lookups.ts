/** The store's single questions, each one statement over an index. */
import { firstIdAt } from "../../core/ids.ts";
import type { MoneyEvent, Ms } from "../../core/model.ts";
import type { DeliveryLoad, Heartbeat, Store } from "../../core/ports/store.ts";
import { attempts, cases, idempotency, inbox, jobs, orders } from "../tables.ts";
import type { Database } from "./connect.ts";

export type Raw = Readonly<Record<string, unknown>>;

type Lookups = Pick<
  Store,
  | "findIdempotent"
  | "findAttempt"
  | "isKeyOfAnother"
  | "settledAttempts"
  | "latestCase"
  | "order"
  | "liveOrder"
  | "inbox"
  | "case"
  | "overdue"
>;

export function lookupsOf(database: Database): Lookups {
  const ask = (name: keyof typeof texts, ...values: readonly unknown[]) => database.query({ name, text: texts[name] }, values);
  return {
    async findIdempotent({ merchantId, mode }, audience, key) {
      const [row] = await ask("find_idempotent", merchantId, mode, audience, key);
      if (!row) return null;
      const answer = row.event_id === null ? null : eventOf(row);
      return { row: idempotency.rowOf(row), answer, subjectExists: row.subject_exists as boolean };
    },
    /**
     * A key that is not ours is no reason to look at the reference: then the two name different things.
     * A reference may belong to a charge and to the capture of it; then it is the older one, the charge, that is meant.
     */
    async findAttempt(accountId, { gatewayKey, reference }) {
      const [row] =
        gatewayKey === null
          ? await ask("find_attempt_by_reference", accountId, reference)
          : await ask("find_attempt_by_key", accountId, gatewayKey);
      return row ? attempts.rowOf(row) : null;
    },
    isKeyOfAnother: async ({ merchantId, mode }, gatewayKey) => (await ask("key_of_another", merchantId, mode, gatewayKey)).length > 0,
    async settledAttempts({ merchantId, mode, id }, { from, before }, limit) {
      const ids = [firstIdAt("att", Math.max(0, from)), firstIdAt("att", Math.max(0, before))];
      return (await ask("settled_attempts", merchantId, mode, id, ...ids, limit)).map(attempts.rowOf);
    },
    async latestCase({ merchantId, mode }, { kind, subject }) {
      const [row] = await ask("latest_case", merchantId, mode, kind, subject);
      return row ? cases.rowOf(row) : null;
    },
    async order({ merchantId, mode }, id) {
      const [row] = await ask("order", merchantId, mode, id);
      return row ? orders.rowOf(row) : null;
    },
    async liveOrder({ merchantId, mode }, orderId) {
      const [row] = await ask("live_order", merchantId, mode, orderId);
      return row ? (row.payment_id as string) : null;
    },
    async inbox({ merchantId, mode }, id) {
      const [row] = await ask("inbox", merchantId, mode, id);
      return row ? inbox.rowOf(row) : null;
    },
    async case({ merchantId, mode }, by) {
      const [row] = "id" in by ? await ask("case", merchantId, mode, by.id) : await ask("open_case", merchantId, mode, by.kind, by.subject);
      return row ? cases.rowOf(row) : null;
    },
    overdue: async (now, againAt, limit) => (await ask("overdue", now, againAt, limit)).map(jobs.rowOf),
  };
}

/** The event of a row that names it `event_…`. */
export function eventOf(row: Raw): DeliveryLoad["event"] {
  return {
    id: row.event_id as string,
    type: row.event_type as MoneyEvent["type"],
    apiVersion: row.event_version as string,
    body: row.event_body as string,
    createdAt: row.event_at as Ms,
  };
}

const texts = {
  find_idempotent: `
select ${idempotency.select("k")}, e.id as event_id, e.type as event_type, e.api_version as event_version, e.body as event_body, e.created_at as event_at,
  exists (select from payments p where p.merchant_id = k.merchant_id and p.mode = k.mode and p.id = k.subject) as subject_exists
from idempotency k
left join lateral (
  (select id, type, api_version, body, created_at from events where merchant_id = k.merchant_id and mode = k.mode and id = k.answer_event)
  union all
  (select id, type, api_version, body, created_at from events
    where merchant_id = k.merchant_id and mode = k.mode and payment_id = k.subject and closes = k.answer_closes order by sequence limit 1)
  limit 1
) e on true
where k.merchant_id = $1 and k.mode = $2 and k.audience = $3 and k.key = $4`,
  find_attempt_by_key: `select ${attempts.select("a")} from attempts a where a.gateway_key = $2 and a.account_id = $1`,
  find_attempt_by_reference: `select ${attempts.select("a")} from attempts a where a.account_id = $1 and a.gateway_reference = $2 order by a.created_at, a.id limit 1`,
  key_of_another: "select 1 from attempts a where a.gateway_key = $3 and (a.merchant_id <> $1 or a.mode <> $2)",
  settled_attempts: `select ${attempts.select("a")} from attempts a where a.merchant_id = $1 and a.mode = $2 and a.account_id = $3
  and a.id >= $4 and a.id < $5 and a.operation in ('charge', 'refund') and a.status in ('succeeded', 'authorized') order by a.id limit $6::int`,
  latest_case: `select ${cases.select("o")} from cases o where o.merchant_id = $1 and o.mode = $2 and o.kind = $3 and o.subject = $4
  and o.kind in ('unknown_charge', 'missing_charge', 'broken_invariant') order by o.id desc limit 1`,
  order: `select ${orders.select("o")} from orders o where o.merchant_id = $1 and o.mode = $2 and o.id = $3`,
  live_order: "select payment_id from live_payments where merchant_id = $1 and mode = $2 and order_id = $3",
  inbox: `select ${inbox.select("b")} from inbox b where b.merchant_id = $1 and b.mode = $2 and b.id = $3`,
  case: `select ${cases.select("o")} from cases o where o.merchant_id = $1 and o.mode = $2 and o.id = $3`,
  open_case: `select ${cases.select("o")} from cases o where o.merchant_id = $1 and o.mode = $2 and o.kind = $3 and o.subject = $4 and o.status = 'open'`,
  overdue: `
with late as materialized (
  select * from jobs where deadline_at <= to_timestamp($1::float8 / 1000) order by deadline_at, id limit $3::int for update skip locked
), told as (
  update jobs t set deadline_at = to_timestamp($2::float8 / 1000) from late l
  where t.id between l.id and l.id and t.merchant_id = l.merchant_id and t.mode = l.mode
)
select ${jobs.select("l")} from late l order by l.deadline_at, l.id`,
};

/** The database's time: all clocks of Tillway follow it. */
export async function heartbeat(database: Database, process: Heartbeat): Promise<Ms> {
  const [row] = await database.query(heartbeatStatement, [process.id, process.role, process.startedAt, process.now]);
  return Number(row!.now);
}

/** The database's time alone: the first reading of a process's clock. */
export async function time(database: Database): Promise<Ms> {
  const [row] = await database.query(timeStatement, []);
  return Number(row!.now);
}

/** What keeps the oldest snapshot: dead rows that are younger stay, and each claim steps over them. */
export interface HeldSnapshot {
  readonly pid: number;
  readonly ageMs: number;
  readonly user: string;
  readonly application: string;
  readonly state: string;
}

/** The session with the oldest snapshot or transaction of this database, if it may be looked at. */
export async function oldestSnapshot(database: Database): Promise<HeldSnapshot | null> {
  const [row] = await database.query(snapshotStatement, []);
  return (row as HeldSnapshot | undefined) ?? null;
}

/** Writes nothing, so anybody may ask for it. Throws where the database does not answer, or takes no writes (a standby). */
export async function ping(database: Database): Promise<void> {
  const [row] = await database.query(pingStatement, []);
  if (row!.read_only) throw new Error("the database takes no writes");
}

const snapshotStatement = {
  name: "oldest_snapshot",
  text: `
select pid, round(extract(epoch from clock_timestamp() - xact_start) * 1000)::float8 as "ageMs",
  coalesce(usename, '') as "user", coalesce(application_name, '') as application, coalesce(state, '') as state
from pg_stat_activity
where datname = current_database() and xact_start is not null and (backend_xmin is not null or backend_xid is not null) and pid <> pg_backend_pid()
order by xact_start limit 1`,
};

const timeStatement = { name: "time", text: "select round(extract(epoch from clock_timestamp()) * 1000) as now" };

const pingStatement = { name: "ping", text: "select current_setting('transaction_read_only') = 'on' as read_only" };

const heartbeatStatement = {
  name: "heartbeat",
  text: `
insert into processes (id, role, started_at, seen_at) values ($1, $2, to_timestamp($3::float8 / 1000), to_timestamp($4::float8 / 1000))
on conflict (id) do update set seen_at = excluded.seen_at
returning round(extract(epoch from clock_timestamp()) * 1000) as now`,
};
