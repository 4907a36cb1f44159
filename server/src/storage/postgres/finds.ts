/**
 * The table by which payments are found (docs/decisions/0065): filled from the events, in the order of their commits, by whoever works. What
 * it does not hold yet is little, and is looked for among the payments themselves.
 */
import type { Log } from "../../core/ports/world.ts";
import { withFailures, type Database } from "./connect.ts";
import { settledBefore, type Query } from "./lists.ts";

/** A payment's events come within seconds: most are taken over once, as it ends. */
const FILL_EVERY_MS = 2_000;
/** Of each merchant: what a busy process commits between two rounds, so that few payments are written in two of them. About 150 ms. */
const FILL_ROWS = 8_000;
/** Of all merchants together: after a restore or an upgrade all of them have much, and a statement must stay within its timeout. */
const FILL_ROWS_OF_ALL = 16_000;

export interface Filler {
  /** Takes over all that is settled now. */
  fill(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** @param most rows of one statement, of each merchant and of all */
export function fillerOf(database: Database, log: Log, most = { each: FILL_ROWS, all: FILL_ROWS_OF_ALL }): Filler {
  const { query } = withFailures(database);
  const ask: Query = (name, text, values) => query({ name, text }, values);
  const left = new AbortController();
  let running: Promise<void> | null = null;

  async function fill(): Promise<void> {
    let hasMore = true;
    while (hasMore && !left.signal.aborted) {
      const settled = await settledBefore(ask, { name: "events" });
      const [row] = await ask("fill_finds", fillText, [settled, most.each, most.all]);
      hasMore = (row!.of_one as number) >= most.each || (row!.of_all as number) >= most.all;
    }
  }

  async function run(): Promise<void> {
    let isTold = false;
    while (!left.signal.aborted) {
      await pause(left.signal);
      if (left.signal.aborted) return;
      try {
        await fill();
        isTold = false;
      } catch (error) {
        // A database that is away is told of by others; what was not taken over is still found, only slower.
        if (!isTold) log.warn({ error: (error as Error).message }, "the table by which payments are found is behind");
        isTold = true;
      }
    }
  }

  return {
    fill,
    start: () => void (running ??= run()),
    stop: async () => {
      left.abort();
      await running;
    },
  };
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, FILL_EVERY_MS);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end, { once: true });
  });
}

/** The events of a merchant after its mark; the expression is that of their index. */
const afterMark = (scope: string, mark: string): string => `(e.merchant_id || e.mode) collate "C" = ${scope}
      and (e.committed, e.id) > (coalesce(${mark}.committed, '0'::xid8), coalesce(${mark}.event_id, ''))`;

/** A value as the table keeps it, of the merchant and mode that are the first two values of a statement. */
export const word = (kind: string, value: string): string => `find_word($1, $2, '${kind}', ${value})`;

/** Of payments whose events were not taken over yet, the newest. Usually it is those of two seconds. */
const BEHIND_MAX = 20_000;

/** Their ids. */
export const behindIds = `select b.payment_id from (select 1) x left join find_marks k on k.merchant_id = $1 and k.mode = $2 cross join lateral (
    select e.payment_id from events e where ${afterMark("$1::text || $2::text", "k")} order by e.committed desc, e.id desc limit ${BEHIND_MAX}) b`;

/** As the table keeps it. @param t the payment @param account over which the charge that counts was sent; null: none was yet */
const wordsOf = (t: string, account: string): string => {
  const word = (kind: string, value: string) => `find_word(${t}.merchant_id, ${t}.mode, '${kind}', ${value})`;
  const some = (kind: string, value: string) => `case when ${value} is not null then ${word(kind, value)} end`;
  return `${word("scope", "''")}, ${t}.amount, ${word("currency", `${t}.currency`)}, ${some("method", `${t}.method ->> 'type'`)},
    ${some("email", `lower(${t}.customer ->> 'email')`)}, ${some("last4", `${t}.method ->> 'last4'`)}, ${some("account", account)}`;
};

/** One at a time fills; who comes meanwhile takes nothing over. In the order of ids, so that two never wait for each other. */
const fillText = `
with s as materialized (select m.id as merchant_id, o.mode, k.committed, k.event_id
  from merchants m cross join (values ('test'), ('live')) o(mode) left join find_marks k on k.merchant_id = m.id and k.mode = o.mode
  where (select pg_try_advisory_xact_lock(7062))),
n as materialized (select s.merchant_id, s.mode, e.* from s cross join lateral (
    select e.payment_id, e.committed, e.id from events e
    where ${afterMark(`(s.merchant_id || s.mode) collate "C"`, "s")} and e.committed < $1::xid8
    order by e.committed, e.id limit $2) e limit $3),
w as (insert into payment_finds (merchant_id, mode, id, version, scope, amount, currency, method, email, last4, account)
  select t.merchant_id, t.mode, t.id, t.version, ${wordsOf("t", "c.account_id")}
  from (select distinct n.merchant_id, n.mode, n.payment_id from n where n.payment_id is not null) d
  cross join lateral (select * from payments p where p.merchant_id = d.merchant_id and p.mode = d.mode and p.id = d.payment_id limit 1) t
  left join lateral (select a.account_id from attempts a
    where a.payment_id = t.id and a.operation = 'charge' and a.n = t.attempt and a.merchant_id = t.merchant_id and a.mode = t.mode limit 1) c on true
  order by t.id
  on conflict (id, merchant_id, mode) do update set version = excluded.version, method = excluded.method, email = excluded.email, last4 = excluded.last4,
    account = excluded.account
  where excluded.version > payment_finds.version and (excluded.method, excluded.email, excluded.last4, excluded.account)
    is distinct from (payment_finds.method, payment_finds.email, payment_finds.last4, payment_finds.account)),
k as (insert into find_marks (merchant_id, mode, committed, event_id)
  select s.merchant_id, s.mode, l.committed, l.id from s cross join lateral (
    select n.committed, n.id from n where n.merchant_id = s.merchant_id and n.mode = s.mode order by n.committed desc, n.id desc limit 1) l
  on conflict (merchant_id, mode) do update set committed = excluded.committed, event_id = excluded.event_id
  where (excluded.committed, excluded.event_id) > (find_marks.committed, find_marks.event_id))
select coalesce(max(c), 0)::int as of_one, coalesce(sum(c), 0)::int as of_all from (select count(*) as c from n group by n.merchant_id, n.mode) g`;
