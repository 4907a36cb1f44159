/** Dead letters: what their cases are about, and what people do to many of them in one statement. */
import type { Move } from "../../core/change.ts";
import type { Case, Delivery, InboxRow, Job, Ms } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import { adminActions, cases, deliveries, idempotency, inbox, jobs, type Column } from "../tables.ts";
import { inputsFrom, namesOf, parametersOf, unnested, valueOf, type Input } from "./arrays.ts";
import type { Database } from "./connect.ts";
import { orDuplicate } from "./failures.ts";
import { caseIsAbout, caseSays, workKind, workQueue } from "./letter-picks.ts";

type Letters = Pick<Store, "letters" | "subjects" | "quietCase" | "handleLetters">;

/** Throws `StoreUnavailable`. */
export function lettersOf(database: Database): Letters {
  const ask = (name: string, text: string, values: readonly unknown[]) => database.query({ name, text }, values);
  return {
    async letters({ merchantId, mode }, { kinds, exceptJobKinds = [], idFrom = "", idBefore = "~", limit, ...pick }) {
      const { jobKind = null, jobQueue = null, endpointIds = null, text = null } = pick;
      const values = [merchantId, mode, kinds, jobKind, idFrom, idBefore, limit, exceptJobKinds, jobQueue, endpointIds, text];
      const rows = await ask("letters", openLetters, values);
      return rows.map(cases.rowOf);
    },
    async subjects({ merchantId, mode }, ids) {
      const of = async <Row>(table: typeof jobs | typeof inbox, wanted: readonly string[], rowOf: (raw: object) => Row) =>
        wanted.length === 0 ? [] : (await ask(`${table.name}_by_id`, byIds(table), [merchantId, mode, wanted])).map(rowOf);
      const found = await Promise.all([
        of(jobs, ids.jobs, (raw) => jobs.rowOf(raw as Record<string, unknown>)),
        of(inbox, ids.inbox, (raw) => inbox.rowOf(raw as Record<string, unknown>)),
      ]);
      return { jobs: found[0], inbox: found[1] };
    },
    async quietCase({ merchantId, mode }, { kind, subject, reason }, now) {
      const [row] = await ask("quiet_case", quietCase, [merchantId, mode, kind, subject, now, reason]);
      return row ? cases.rowOf(row) : null;
    },
    async handleLetters({
      merchantId,
      mode,
      deliveries: owed,
      cases: resolved,
      restart,
      remove,
      inbox: kept,
      insert,
      actions,
      idempotency: key,
    }) {
      const touched = [...(restart ?? []), ...(remove ?? []).map((job) => ({ job, runAt: null }))];
      const values = [
        merchantId,
        mode,
        ...parametersOf(deliveryInputs, owed ?? []),
        ...parametersOf(jobInputs, touched),
        ...parametersOf(caseInputs, resolved ?? []),
        ...parametersOf(inboxInputs, kept ?? []),
        ...parametersOf(jobs.columns, insert ?? []),
        ...parametersOf(idempotency.columns, key ? [key] : []),
        ...parametersOf(adminActions.columns, actions ?? []),
      ];
      const rows = await orDuplicate(ask("handle_letters", handleLetters, values));
      return rows === "duplicate" ? rows : rows[0]!.whole ? "applied" : "stale";
    },
  };
}

const openLetters = `select ${cases.select("t")} from cases t
where t.merchant_id = $1 and t.mode = $2 and t.status = 'open' and t.kind = any($3::text[]) and t.id >= $5::text and t.id < $6::text
  and ($4::text is null or ${workKind} = $4::text)
  and ${workKind} <> all($8::text[]) and ($9::text is null or ${workQueue} = $9::text)
  and ($10::text[] is null or ${caseIsAbout("$10")}) and ($11::text is null or ${caseSays("$11")}) order by t.id limit $7::int`;

const byIds = (table: { readonly name: string; select(alias: string): string }): string =>
  `select ${table.select("t")} from ${table.name} t where t.merchant_id = $1 and t.mode = $2 and t.id = any($3::text[])`;

const quietCase = `select ${cases.select("t")} from cases t where t.merchant_id = $1 and t.mode = $2 and t.kind = $3 and t.subject = $4
  and t.quiet_until > to_timestamp($5::float8 / 1000) and t.evidence ->> 'reason' = $6::text order by t.id desc limit 1`;

interface Touched {
  readonly job: Job;
  /** Null: it ends. */
  readonly runAt: Ms | null;
}

const deliveryInputs: readonly Input<Move<Delivery>>[] = [
  ...inputsFrom(deliveries.pick("id"), (move: Move<Delivery>) => move.before),
  ...inputsFrom(deliveries.pick("status", "tries", "scheduleStart"), (move: Move<Delivery>) => move.before, "before_"),
  ...inputsFrom(deliveries.mutable, (move: Move<Delivery>) => move.after),
];
const jobInputs: readonly Input<Touched>[] = [
  { name: "id", kind: "text", of: ({ job }) => job.id },
  { name: "token", kind: "text", of: ({ job }) => job.leaseToken },
  { name: "run_at", kind: "time", of: ({ runAt }) => runAt },
];
const caseInputs: readonly Input<Move<Case>>[] = inputsFrom([...cases.pick("id"), ...cases.mutable], (move: Move<Case>) => move.after);
const inboxInputs: readonly Input<InboxRow>[] = inputsFrom([...inbox.pick("id"), ...inbox.mutable], (row: InboxRow) => row);

// Merchant and mode are the first two parameters; the arrays follow in this order.
const deliveryStart = 3;
const jobStart = deliveryStart + deliveryInputs.length;
const caseStart = jobStart + jobInputs.length;
const inboxStart = caseStart + caseInputs.length;
const insertStart = inboxStart + inboxInputs.length;
const keyStart = insertStart + jobs.columns.length;
const actionStart = keyStart + idempotency.columns.length;

const ownsBut = "t.merchant_id = $1 and t.mode = $2";
const own = `${ownsBut} and t.id = r.id`;
/** As in `commit/jobs.ts`: jobs are only ever looked up. */
const ownJob = `${ownsBut} and t.id between r.id and r.id`;

function written<Row>(columns: readonly Column<Row>[]): string {
  return columns.map((column) => `${column.name} = ${valueOf(column)}`).join(", ");
}

/** The same order as everywhere, so that nobody waits in a circle: a runner has its job before it ends the job's case. */
const handleLetters = `
with d as materialized (select * from ${unnested(deliveryInputs, deliveryStart)} where r.id is not null),
j as materialized (select * from ${unnested(jobInputs, jobStart)} where r.id is not null),
c as materialized (select * from ${unnested(caseInputs, caseStart)} where r.id is not null),
d_locked as materialized (select t.id from d r join deliveries t on ${own} and t.status = r.before_status
  and t.tries = r.before_tries and t.schedule_start = r.before_schedule_start order by t.id for update of t),
j_locked as materialized (select t.id from j r join jobs t on ${ownJob} and t.lease_token is not distinct from r.token
  where (select count(*) from d_locked) >= 0 order by t.id for update of t),
c_locked as materialized (select t.id from c r join cases t on ${own} and t.status = 'open'
  where (select count(*) from j_locked) >= 0 order by t.id for update of t),
whole as materialized (select (select count(*) from c_locked) = (select count(*) from c)
  and (select count(*) from j_locked) = (select count(*) from j) and (select count(*) from d_locked) = (select count(*) from d) as whole),
keyed as (insert into idempotency (${namesOf(idempotency.columns)})
  select ${idempotency.columns.map(valueOf).join(", ")} from ${unnested(idempotency.columns, keyStart)}, whole w where r.key is not null and w.whole),
d_moved as (update deliveries t set ${written(deliveries.mutable)} from d r, whole w where w.whole and ${own}),
c_moved as (update cases t set ${written(cases.mutable)} from c r, whole w where w.whole and ${own}),
j_moved as (update jobs t set tries = 0, run_at = ${valueOf({ name: "run_at", kind: "time" })}, lease_token = null, hinted_until = null
  from j r, whole w where w.whole and ${ownJob} and r.run_at is not null),
j_ended as (delete from jobs t using j r, whole w where w.whole and ${ownJob} and r.run_at is null),
b_moved as (update inbox t set ${written(inbox.mutable)} from ${unnested(inboxInputs, inboxStart)}, whole w where w.whole and ${own}),
queued as (insert into jobs (${namesOf(jobs.columns)})
  select ${jobs.columns.map(valueOf).join(", ")} from ${unnested(jobs.columns, insertStart)}, whole w where r.id is not null and w.whole on conflict do nothing),
noted as (insert into admin_actions (${namesOf(adminActions.columns)})
  select ${adminActions.columns.map(valueOf).join(", ")} from ${unnested(adminActions.columns, actionStart)}, whole w where r.id is not null and w.whole)
select whole from whole`;
