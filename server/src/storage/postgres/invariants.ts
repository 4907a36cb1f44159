/** Looks at the rows for what must not be: what has changed, in the order of commits, and slowly all of them. */
import {
  INVARIANT_BROKEN_MAX,
  INVARIANT_EVENTS_MAX,
  INVARIANT_PASS_MS,
  INVARIANT_WALK_MAX,
  invariantIds,
  subjectOf,
  SWEPT_INVARIANT,
  type Break,
  type InvariantId,
  type InvariantState,
} from "../../core/invariants.ts";
import type { Mode, Ms, Scope } from "../../core/model.ts";
import type { Invariants, Look, LookOptions } from "../../core/ports/invariants.ts";
import type { Database } from "./connect.ts";
import { BREAKS_TOLD, lookText } from "./invariant-rules.ts";
import { queryOf, settledBefore, type Query } from "./lists.ts";
import type { Raw } from "./lookups.ts";

/** Over the pool of the lists: it may be slow, and must not hold up a payment. */
export function invariantsOf(database: Database): Invariants {
  const query = queryOf(database);
  return {
    turns: (now, before, limit) => turns(query, { now, before, limit }),
    look: (scope, options) => look(query, scope, options),
    keep: (scope, { mark, breaks, mended }) => keep(query, scope, { ...(mark as Mark), breaks, mended }),
    async state({ merchantId, mode }) {
      const [row] = await query("invariant_state", stateText, [merchantId, mode]);
      return row ? stateOf(row) : null;
    },
    async broken({ merchantId, mode }, limit) {
      const rows = await query("invariant_broken", brokenText, [merchantId, mode, SWEPT_INVARIANT, limit, invariantIds]);
      return rows.map((row) => ({ invariant: row.invariant as InvariantId, rows: row.ids as string[] }));
    },
  };
}

async function turns(query: Query, wish: { now: Ms; before: Ms; limit: number }): Promise<readonly Scope[]> {
  const values = [wish.now, wish.before, wish.limit];
  let rows = await query("invariant_turns", turnsText, values);
  // Merchants without a row yet are looked for only when nothing else is due.
  if (rows.length === 0 && (await query("invariant_scopes", scopesText, [])).length > 0)
    rows = await query("invariant_turns", turnsText, values);
  return rows.map((row) => ({ merchantId: row.merchant_id as string, mode: row.mode as Mode }));
}

/** Payments of one statement: its rules go through all rows of all its payments for each of them. */
const TOGETHER = 100;

/** What `keep` writes, made by `look`. */
interface Mark {
  readonly version: number;
  readonly committed: string;
  readonly eventId: string;
  readonly upTo: Ms;
  /** Whether the changes were more than one look takes: then the scope's turn comes again at once. */
  readonly isBehind: boolean;
  readonly walk: {
    readonly id: string;
    readonly from: Ms | null;
    readonly at: Ms | null;
    readonly startedAt: Ms;
    readonly finishedAt: Ms | null;
  };
  readonly looked: readonly number[];
  readonly beganAt: number;
  readonly now: Ms;
}

async function look(query: Query, { merchantId, mode }: Scope, { now, toldSince }: LookOptions): Promise<Look> {
  const beganAt = performance.now();
  const scope = [merchantId, mode] as const;
  const [row] = await query(
    "invariant_mark",
    "select *, committed::text as at from invariant_checks where merchant_id = $1 and mode = $2",
    scope,
  );
  // Asked before the events are read: see `settledBefore`.
  const settled = await settledBefore(query, { name: "events" });
  const events = await query("invariant_changes", changesText, [...scope, row!.at, row!.event_id, settled, INVARIANT_EVENTS_MAX]);
  const isBehind = events.length === INVARIANT_EVENTS_MAX;
  const last = events.at(-1);
  const { ids: walked, walk } = await walkOn(query, scope, row!, now);
  const changed = events.flatMap((event) => (event.payment_id === null ? [] : [event.payment_id as string]));
  const met = [...new Set([...changed, ...walked])];
  const known = await query("invariant_known", knownText, [...scope, INVARIANT_BROKEN_MAX, met]);
  const ids = [...new Set([...met, ...known.map((each) => each.payment_id as string)])];
  const { looked, breaks, unseen } = await lookAt(query, scope, ids, toldSince);
  const still = new Set([...breaks.map(subjectOf), ...unseen]);
  const mended = known
    .map((each) => ({ invariant: each.invariant as InvariantId, paymentId: each.payment_id as string }))
    .filter((each) => !still.has(subjectOf(each)));
  const mark: Mark = {
    version: row!.version as number,
    committed: (last?.committed ?? row!.at) as string,
    eventId: (last?.id ?? row!.event_id) as string,
    upTo: isBehind ? (last!.created_at as Ms) : now,
    isBehind,
    walk,
    looked,
    beganAt,
    now,
  };
  return { breaks, mended, mark };
}

/** @returns `unseen`: subjects of breaks that were not told apart, since more rows break that invariant than one statement gives */
async function lookAt(query: Query, scope: readonly [string, Mode], ids: readonly string[], toldSince: Ms) {
  const breaks: Break[] = [];
  const unseen: string[] = [];
  let looked = [0, 0, 0, 0, 0];
  for (let from = 0; from < ids.length; from += TOGETHER) {
    const together = ids.slice(from, from + TOGETHER);
    const found = await query("invariant_look", lookText, [...scope, together, toldSince]);
    const counts = new Map<InvariantId, number>();
    for (const row of found) {
      if (row.invariant === null) looked = looked.map((count, n) => count + (row.seen as number[])[n]!);
      else {
        const each = breakOf(row);
        breaks.push(each);
        counts.set(each.invariant, (counts.get(each.invariant) ?? 0) + 1);
      }
    }
    for (const [invariant, count] of counts)
      if (count >= BREAKS_TOLD) unseen.push(...together.map((paymentId) => subjectOf({ invariant, paymentId })));
  }
  return { looked, breaks, unseen };
}

/** A piece of the way over all payments, by their ids; a new way begins a day after the last one began. */
async function walkOn(query: Query, scope: readonly [string, Mode], row: Raw, now: Ms): Promise<{ ids: string[]; walk: Mark["walk"] }> {
  const before = {
    id: row.walk_id as string,
    from: row.walk_from as Ms | null,
    at: row.walk_at as Ms | null,
    startedAt: row.walk_started_at as Ms | null,
    finishedAt: row.walk_finished_at as Ms | null,
  };
  const isResting = before.finishedAt !== null && before.startedAt !== null && now < before.startedAt + INVARIANT_PASS_MS;
  if (isResting) return { ids: [], walk: { ...before, startedAt: before.startedAt! } };
  const begins = before.startedAt === null || before.finishedAt !== null;
  const payments = await query("invariant_walk", walkText, [...scope, begins ? "" : before.id, INVARIANT_WALK_MAX]);
  const last = payments.at(-1);
  const isDone = payments.length < INVARIANT_WALK_MAX;
  const walk = {
    id: isDone ? "" : (last!.id as string),
    from: begins ? ((payments[0]?.created_at ?? null) as Ms | null) : before.from,
    at: (last?.created_at ?? before.at) as Ms | null,
    startedAt: begins ? now : before.startedAt!,
    finishedAt: isDone ? now : null,
  };
  return { ids: payments.map((payment) => payment.id as string), walk };
}

function breakOf(row: Raw): Break {
  return {
    invariant: row.invariant as InvariantId,
    paymentId: row.payment_id as string,
    row: row.id as string,
    seen: row.seen as Record<string, unknown>,
  };
}

async function keep(query: Query, { merchantId, mode }: Scope, mark: Mark & Pick<Look, "breaks" | "mended">): Promise<void> {
  const { walk, breaks, mended } = mark;
  const rows = new Map<string, { readonly of: Break; readonly ids: string[] }>();
  for (const of of breaks) {
    const key = `${of.invariant} ${of.paymentId}`;
    rows.set(key, { of, ids: [...(rows.get(key)?.ids ?? []), of.row] });
  }
  const broken = [...rows.values()].map(({ of, ids }) => ({ invariant: of.invariant, payment_id: of.paymentId, rows: ids }));
  await query("invariant_keep", keepText, [
    merchantId,
    mode,
    mark.version,
    mark.committed,
    mark.eventId,
    mark.upTo,
    mark.now,
    Math.round(performance.now() - mark.beganAt),
    mark.looked,
    walk.id,
    [walk.from, walk.at, walk.startedAt, walk.finishedAt],
    mark.isBehind,
    JSON.stringify(broken),
    JSON.stringify(mended.map(({ invariant, paymentId }) => ({ invariant, payment_id: paymentId }))),
  ]);
}

function stateOf(row: Raw): InvariantState {
  const [from, at, startedAt, finishedAt] = [row.walk_from, row.walk_at, row.walk_started_at, row.walk_finished_at] as (Ms | null)[];
  const isPart = finishedAt === null && from !== null && at !== null && startedAt !== null && startedAt! > from!;
  const progress = finishedAt !== null ? 1 : isPart ? Math.min(1, Math.max(0, (at! - from!) / (startedAt! - from!))) : 0;
  return {
    merchantId: row.merchant_id as string,
    mode: row.mode as Mode,
    lastRunAt: row.last_run_at as Ms | null,
    checkedUpTo: row.checked_up_to as Ms | null,
    tookMs: Number(row.took_ms),
    looked: {
      payments: Number(row.payments),
      attempts: Number(row.attempts),
      refunds: Number(row.refunds),
      events: Number(row.events),
      deliveries: Number(row.deliveries),
    },
    swept: { lastRunAt: row.swept_at as Ms | null, checkedUpTo: row.swept_up_to as Ms | null },
    fullPass: { startedAt: startedAt ?? null, finishedAt: finishedAt ?? null, progress },
  };
}

const at = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;

const turnsText = `
with mine as materialized (
  select merchant_id, mode from invariant_checks where turn_at < ${at(2)} order by turn_at limit $3::int for update skip locked
)
update invariant_checks c set turn_at = ${at(1)} from mine where c.merchant_id = mine.merchant_id and c.mode = mine.mode
returning c.merchant_id, c.mode`;

const scopesText = `
insert into invariant_checks (merchant_id, mode, turn_at, version, committed, event_id, took_ms, payments, attempts, refunds, events, deliveries, walk_id)
select m.id, o.mode, '-infinity', 1, '0', '', 0, 0, 0, 0, 0, 0, '' from merchants m cross join (values ('test'), ('live')) o(mode)
where not exists (select from invariant_checks c where c.merchant_id = m.id and c.mode = o.mode) limit 100
on conflict do nothing returning merchant_id`;

const changesText = `
select e.payment_id, e.id, e.committed::text, e.created_at from events e
where (e.merchant_id || e.mode) collate "C" = $1::text || $2::text and (e.committed, e.id) > ($3::xid8, $4) and e.committed < $5::xid8
order by e.committed, e.id limit $6::int`;

const walkText = `select id, created_at from payments where merchant_id = $1 and mode = $2 and id > $3 order by id limit $4::int`;

/** The oldest ones, and those of the payments that are looked at anyhow: a break beyond the oldest is seen to be mended as well. */
const knownText = `
(select invariant, payment_id from invariant_breaks where merchant_id = $1 and mode = $2 order by found_at limit $3::int)
union
select invariant, payment_id from invariant_breaks where merchant_id = $1 and mode = $2 and payment_id = any($4::text[])`;

const walkAt = (n: number): string => `to_timestamp(($11::float8[])[${n}] / 1000)`;

/** Under the version that was read: of two processes that looked at the same rows, one counts them. */
const keepText = `
with kept as (
  update invariant_checks c set version = c.version + 1, committed = $4::xid8, event_id = $5, checked_up_to = ${at(6)}, last_run_at = ${at(7)},
    took_ms = $8::int8, payments = c.payments + ($9::int8[])[1], attempts = c.attempts + ($9::int8[])[2], refunds = c.refunds + ($9::int8[])[3],
    events = c.events + ($9::int8[])[4], deliveries = c.deliveries + ($9::int8[])[5], walk_id = $10, walk_from = ${walkAt(1)},
    walk_at = ${walkAt(2)}, walk_started_at = ${walkAt(3)}, walk_finished_at = ${walkAt(4)},
    turn_at = case when $12::boolean then '-infinity' else c.turn_at end
  where c.merchant_id = $1 and c.mode = $2 and c.version = $3::int returning 1
), mended as (
  delete from invariant_breaks b using json_to_recordset($14::json) m(invariant text, payment_id text)
  where b.merchant_id = $1 and b.mode = $2 and b.invariant = m.invariant and b.payment_id = m.payment_id and (select count(*) from kept) > 0
), broken as (
  insert into invariant_breaks (merchant_id, mode, invariant, payment_id, rows, found_at)
  select $1, $2, n.invariant, n.payment_id, array(select json_array_elements_text(n.rows)), ${at(7)}
  from json_to_recordset($13::json) n(invariant text, payment_id text, rows json) where (select count(*) from kept) > 0
  on conflict (merchant_id, mode, invariant, payment_id) do update set rows = excluded.rows
)
select count(*) as kept from kept`;

const time = (name: string): string => `round(extract(epoch from c.${name}) * 1000)::float8 as ${name}`;

const stateText = `
select c.merchant_id, c.mode, ${["checked_up_to", "last_run_at", "walk_from", "walk_at", "walk_started_at", "walk_finished_at"].map(time).join(", ")},
  c.took_ms, c.payments, c.attempts, c.refunds, c.events, c.deliveries, s.swept_at, s.swept_up_to
from invariant_checks c cross join lateral (
  select max(w.finished_at) as swept_at, min(w.swept_until) as swept_up_to from sweeps w
  where w.merchant_id = c.merchant_id and w.mode = c.mode and w.finished_at is not null) s
where c.merchant_id = $1 and c.mode = $2`;

/** A limit for each, so that one with many breaks hides no other. What the sweeps found is an open case of theirs. */
const brokenText = `
select i.invariant, t.ids from unnest($5::text[]) i(invariant) cross join lateral (
  select array_agg(b.id) as ids from (
    select unnest(b.rows) as id from invariant_breaks b where b.merchant_id = $1 and b.mode = $2 and b.invariant = i.invariant order by b.payment_id limit $4::int
  ) b) t where t.ids is not null
union all
select $3::text, array_agg(t.subject) from (
  select c.subject from cases c where c.merchant_id = $1 and c.mode = $2 and c.status = 'open' and c.kind in ('unknown_charge', 'missing_charge')
  order by c.id limit $4::int
) t having count(*) > 0`;
