/** How many dead letters there are for each reason. Each of the two tables is read once, and no further than a bound: its newest rows, of whatever kind. */
import { DEAD_LETTERS_COUNTED_MAX } from "../../core/dead-letters.ts";
import type { Scope } from "../../core/model.ts";
import type { LetterCounts, LetterCountsWish } from "../../core/ports/reads.ts";
import { caseIsAbout, caseSays, lastTrySays, workKind, workQueue } from "./letter-picks.ts";
import type { Query } from "./lists.ts";

/** Throws `StoreUnavailable`. */
export async function letterCountsOf(query: Query, { merchantId, mode }: Scope, wish: LetterCountsWish): Promise<LetterCounts> {
  const [byKind, failed] = await Promise.all([
    query("letter_counts_cases", caseText, [merchantId, mode, wish.kinds, ...caseValues(wish)]),
    wish.deliveries === null ? [] : query("letter_counts_deliveries", deliveryText, [merchantId, mode, ...deliveryValues(wish.deliveries)]),
  ]);
  return {
    cases: byKind.flatMap(({ kind, count }) =>
      kind === null ? [] : [{ kind: kind as LetterCounts["cases"][number]["kind"], count: count as number }],
    ),
    casesAreCapped: byKind.some(({ is_capped: isCapped }) => isCapped === true),
    deliveries: (failed[0]?.count as number | undefined) ?? 0,
    deliveriesAreCapped: failed[0]?.is_capped === true,
  };
}

function caseValues({ cases: { jobKind, jobQueue, endpointIds, text, idFrom, idBefore } }: LetterCountsWish): unknown[] {
  return [idFrom ?? "", idBefore ?? "~", jobKind ?? null, jobQueue ?? null, endpointIds ?? null, text ?? null];
}

function deliveryValues({ channel, endpointIds, text, idFrom, idBefore }: NonNullable<LetterCountsWish["deliveries"]>): unknown[] {
  return [idFrom ?? "", idBefore ?? "~", channel ?? null, endpointIds ?? null, text ?? null];
}

const MAX = DEAD_LETTERS_COUNTED_MAX;

const caseText = `
with newest as materialized (select * from cases t where t.merchant_id = $1 and t.mode = $2 and t.status = 'open'
  order by t.id desc limit ${MAX + 1}),
seen as materialized (select t.kind, row_number() over (order by t.id desc) as place from newest t
  where t.kind = any($3::text[]) and t.id >= $4::text and t.id < $5::text and ($6::text is null or ${workKind} = $6::text) and ($7::text is null or ${workQueue} = $7::text)
    and ($8::text[] is null or ${caseIsAbout("$8")}) and ($9::text is null or ${caseSays("$9")}))
select k.kind, count(s.kind)::int as count, (select count(*) > ${MAX} from newest) as is_capped
from unnest($3::text[]) k(kind) left join seen s on s.kind = k.kind and s.place <= ${MAX} group by k.kind`;

const deliveryText = `
with newest as materialized (select * from deliveries t
  where (t.merchant_id || t.mode) collate "C" = $1::text || $2::text and t.listed_status = 'failed'
  order by t.committed desc, t.id desc limit ${MAX + 1})
select least(count(*), ${MAX})::int as count, (select count(*) > ${MAX} from newest) as is_capped from newest t
where t.id >= $3::text and t.id < $4::text and ($5::text is null or t.channel = $5::text)
  and ($6::text[] is null or t.endpoint_id = any($6::text[])) and ($7::text is null or ${lastTrySays("$7")})`;
