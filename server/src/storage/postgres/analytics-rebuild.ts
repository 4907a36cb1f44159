/** Figures counted anew, a piece of time after the other: what is shown meanwhile is the old figure or the new one, never none. */
import { BUCKET_MS } from "../../core/analytics.ts";
import { firstIdAt, madeAt } from "../../core/ids.ts";
import type { Mode, Ms, Scope } from "../../core/model.ts";
import type { Analytics, RebuildPiece, Rebuilt } from "../../core/ports/analytics.ts";
import { added, at, bucket, markText, toldRows, toldSums } from "./analytics-sums.ts";
import type { Query } from "./lists.ts";

/** After all times that an id can have. */
const END_MS: Ms = 2 ** 48 - 1;
/** Events of a piece, in steps: more of them are in one piece only if they are in one quarter of an hour. */
const STEPS = 5;

export function rebuildOf(query: Query, stepMax: number): Pick<Analytics, "rebuild" | "scopes"> {
  return {
    async scopes(merchantId) {
      const rows = await query("analytics_all_scopes", allScopesText, [merchantId]);
      return rows.map((row) => ({ merchantId: row.merchant_id as string, mode: row.mode as Mode }));
    },
    rebuild: (scope, piece) => rebuild(query, scope, piece, stepMax * STEPS),
  };
}

async function rebuild(query: Query, { merchantId, mode }: Scope, piece: RebuildPiece, eventsMax: number): Promise<Rebuilt | "moved"> {
  const scope = [merchantId, mode] as const;
  const from = piece.from - (piece.from % BUCKET_MS);
  const [mark] = await query("analytics_mark", markText, scope);
  if (!mark) return { next: null, events: 0 };
  const [after] = await query("analytics_piece", pieceText, [...scope, firstIdAt("evt", from), eventsMax]);
  const next = after ? Math.max(from, madeAt(after.id as string) - (madeAt(after.id as string) % BUCKET_MS) - BUCKET_MS) + BUCKET_MS : null;
  const until = next ?? END_MS;
  const ids = (prefix: "evt" | "dlv") => [firstIdAt(prefix, from), firstIdAt(prefix, until)];
  const [made] = await query("analytics_rebuild", rebuildText, [
    ...scope,
    mark.version,
    mark.at,
    mark.event_id,
    ...ids("evt"),
    from,
    until,
    mark.delivery_at,
    mark.delivery_id,
    ...ids("dlv"),
    piece.webhooksFrom - (piece.webhooksFrom % BUCKET_MS),
    piece.now,
  ]);
  return made!.kept === 0 ? "moved" : { next, events: made!.told as number };
}

const allScopesText = "select merchant_id, mode from analytics_marks where $1::text is null or merchant_id = $1 order by merchant_id, mode";

/** The ids of events begin with the time of `created_at`. */
const pieceText = `
select e.id from events e where e.merchant_id = $1 and e.mode = $2 and e.id >= $3 order by e.id offset $4::int limit 1`;

/**
 * The mark is held, not moved: a rollup that waits for it adds to the new sums, one that was faster is seen by the version. Only rows up to the
 * mark are counted, the rollup counts those after it. Of webhooks those of its list of the owed are left to it as well, and one that
 * is missing there is added.
 */
const rebuildText = `
with kept as materialized (
  select 1 from analytics_marks m where m.merchant_id = $1 and m.mode = $2 and m.version = $3::int for update
), told as materialized (
  select e.id, e.payment_id, e.type, e.closes, e.created_at from events e
  where (select count(*) from kept) > 0 and e.merchant_id = $1 and e.mode = $2 and e.id >= $6 and e.id < $7 and (e.committed, e.id) <= ($4::xid8, $5)
), ${toldRows}, met as materialized (
  select d.id, d.status, d.created_at, d.endpoint_id, w.delivery_id is not null as is_owed from deliveries d
  left join analytics_owed w on w.merchant_id = $1 and w.mode = $2 and w.delivery_id = d.id
  where (select count(*) from kept) > 0 and d.merchant_id = $1 and d.mode = $2 and d.id >= $12 and d.id < $13 and d.channel = 'webhook'
    and (d.committed, d.id) <= ($10::xid8, $11) and d.created_at >= ${at(14)}
), gone as (
  delete from analytics a where (select count(*) from kept) > 0 and a.merchant_id = $1 and a.mode = $2 and a.at >= ${at(8)} and a.at < ${at(9)}
    and (a.what <> 'webhook' or a.at >= ${at(14)}) returning 1
), owed as (
  insert into analytics_owed (merchant_id, mode, delivery_id, looked_at) select $1, $2, m.id, ${at(15)} from met m
  where m.status = 'pending' and not m.is_owed on conflict do nothing
), written as (${added(`
  select s.* from (${toldSums}
    union all select 'webhook', ${bucket("m.created_at")}, '', '', m.endpoint_id, '', m.status, '', 0 from met m
    where m.status <> 'pending' and not m.is_owed) s
  where (select count(*) from gone) >= 0`)}
)
select (select count(*) from kept)::int as kept, (select count(*) from told)::int as told`;
