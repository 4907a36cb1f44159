/** The store's single questions, each one statement over an index. */
import type { Attempt, Audience, Case, InboxRow, Job, MoneyEvent, Ms, Scope } from "../../core/model.ts";
import type { CaseKey, FoundIdempotent, Heartbeat } from "../../core/ports/store.ts";
import type { Database } from "./connect.ts";
import { attempts, cases, idempotency, inbox, jobs } from "../tables.ts";

export async function findIdempotent(database: Database, scope: Scope, audience: Audience, key: string): Promise<FoundIdempotent | null> {
  const [row] = await database.query(idempotentStatement, [scope.merchantId, scope.mode, audience, key]);
  if (!row) return null;
  const answer =
    row.event_id === null
      ? null
      : {
          id: row.event_id as string,
          type: row.event_type as MoneyEvent["type"],
          body: row.event_body as string,
          createdAt: row.event_at as Ms,
        };
  return { row: idempotency.rowOf(row), answer, subjectExists: row.subject_exists as boolean };
}

/**
 * A key that is not ours is no reason to look at the reference: then the two name different things.
 * A reference may belong to a charge and to the capture of it; then it is the older one, the charge, that is meant.
 */
export async function findAttempt(
  database: Database,
  accountId: string,
  by: { gatewayKey: string | null; reference: string | null },
): Promise<Attempt | null> {
  const [row] =
    by.gatewayKey === null
      ? await database.query(referenceStatement, [accountId, by.reference])
      : await database.query(gatewayKeyStatement, [accountId, by.gatewayKey]);
  return row ? attempts.rowOf(row) : null;
}

/** See `Store.liveOrder`. */
export async function liveOrder(database: Database, scope: Scope, orderId: string): Promise<string | null> {
  const [row] = await database.query(liveOrderStatement, [scope.merchantId, scope.mode, orderId]);
  return row ? (row.payment_id as string) : null;
}

export async function inboxRow(database: Database, scope: Scope, id: string): Promise<InboxRow | null> {
  const [row] = await database.query(inboxStatement, [scope.merchantId, scope.mode, id]);
  return row ? inbox.rowOf(row) : null;
}

export async function findCase(database: Database, scope: Scope, by: CaseKey): Promise<Case | null> {
  const [row] =
    "id" in by
      ? await database.query(caseStatement, [scope.merchantId, scope.mode, by.id])
      : await database.query(openCaseStatement, [scope.merchantId, scope.mode, by.kind, by.subject]);
  return row ? cases.rowOf(row) : null;
}

export async function overdue(
  database: Database,
  { now, againAt, limit }: { readonly now: Ms; readonly againAt: Ms; readonly limit: number },
): Promise<Job[]> {
  const rows = await database.query(overdueStatement, [now, againAt, limit]);
  return rows.map(jobs.rowOf);
}

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

const idempotentStatement = {
  name: "find_idempotent",
  text: `
select ${idempotency.select("k")}, e.id as event_id, e.type as event_type, e.body as event_body, e.created_at as event_at,
  exists (select from payments p where p.merchant_id = k.merchant_id and p.mode = k.mode and p.id = k.subject) as subject_exists
from idempotency k
left join lateral (
  (select id, type, body, created_at from events where merchant_id = k.merchant_id and mode = k.mode and id = k.answer_event)
  union all
  (select id, type, body, created_at from events where merchant_id = k.merchant_id and mode = k.mode and payment_id = k.subject and closes = k.answer_closes
    order by sequence limit 1)
  limit 1
) e on true
where k.merchant_id = $1 and k.mode = $2 and k.audience = $3 and k.key = $4`,
};

const gatewayKeyStatement = {
  name: "find_attempt_by_key",
  text: `select ${attempts.select("a")} from attempts a where a.gateway_key = $2 and a.account_id = $1`,
};

const referenceStatement = {
  name: "find_attempt_by_reference",
  text: `select ${attempts.select("a")} from attempts a where a.account_id = $1 and a.gateway_reference = $2 order by a.created_at, a.id limit 1`,
};

const inboxStatement = {
  name: "inbox",
  text: `select ${inbox.select("b")} from inbox b where b.merchant_id = $1 and b.mode = $2 and b.id = $3`,
};

const caseStatement = {
  name: "case",
  text: `select ${cases.select("o")} from cases o where o.merchant_id = $1 and o.mode = $2 and o.id = $3`,
};

const openCaseStatement = {
  name: "open_case",
  text: `select ${cases.select("o")} from cases o where o.merchant_id = $1 and o.mode = $2 and o.kind = $3 and o.subject = $4 and o.status = 'open'`,
};

const overdueStatement = {
  name: "overdue",
  text: `
with late as materialized (
  select * from jobs where deadline_at <= to_timestamp($1::float8 / 1000) order by deadline_at, id limit $3::int for update skip locked
), told as (
  update jobs t set deadline_at = to_timestamp($2::float8 / 1000) from late l
  where t.id = l.id and t.merchant_id = l.merchant_id and t.mode = l.mode
)
select ${jobs.select("l")} from late l order by l.deadline_at, l.id`,
};

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

const liveOrderStatement = {
  name: "live_order",
  text: "select payment_id from live_payments where merchant_id = $1 and mode = $2 and order_id = $3",
};
