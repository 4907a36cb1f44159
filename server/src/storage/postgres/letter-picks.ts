/** What dead letters are picked by, as SQL over `t`, a case or a delivery. `$1` and `$2` are merchant and mode. */
import { DEAD_LETTERS_COUNTED_MAX, parkedWork } from "../../core/dead-letters.ts";

export const workKind = `coalesce(t.evidence -> 'job' ->> 'kind', '${parkedWork.kind}')`;
export const workQueue = `coalesce(t.evidence -> 'job' ->> 'queue', '${parkedWork.queue}')`;

// A value of each row and no `exists`: the planner would join all deliveries, or all tries, where it has no figures about them.

/** A case whose job should send a delivery to one of these. */
export const caseIsAbout = (ids: string) => `(select d.endpoint_id from deliveries d where d.merchant_id = $1 and d.mode = $2
  and d.id = t.evidence -> 'job' ->> 'subject' limit 1) = any(${ids}::text[])`;

/** As `caseFailure`. */
export const caseSays = (text: string) => holds("coalesce(t.evidence ->> 'reason', t.summary)", text);

/** As `tryFailure`, of the last try: by the primary key of tries, one row of each delivery. */
export const lastTrySays = (text: string) => `(select ${holds("concat_ws(': ', y.error, 'HTTP ' || y.status_code, y.response)", text)}
  from delivery_tries y where y.delivery_id = t.id and y.n = t.tries and y.merchant_id = $1 and y.mode = $2 limit 1)`;

/** The same, of the newest that failed: a text that stands nowhere would be looked for in the answers of all of them. */
export const newFailureSays = (text: string) => `${lastTrySays(text)} and t.committed >= coalesce((select b.committed from deliveries b
  where (b.merchant_id || b.mode) collate "C" = $1::text || $2::text and b.listed_status = 'failed'
  order by b.committed desc, b.id desc offset ${DEAD_LETTERS_COUNTED_MAX - 1} limit 1), '0'::xid8)`;

/** No pattern: what people type has no signs that mean something else. */
function holds(whole: string, text: string): string {
  return `strpos(lower(${whole}), lower(${text}::text)) > 0`;
}
