/** What dead letters are picked by, as SQL over `t`, a case or a delivery. `$1` and `$2` are merchant and mode. */
import { parkedWork } from "../../core/dead-letters.ts";

export const workKind = `coalesce(t.evidence -> 'job' ->> 'kind', '${parkedWork.kind}')`;
export const workQueue = `coalesce(t.evidence -> 'job' ->> 'queue', '${parkedWork.queue}')`;

/** A case whose job should send a delivery to one of these. */
export const caseIsAbout = (ids: string) => `exists (select from deliveries d where d.merchant_id = $1 and d.mode = $2
  and d.id = t.evidence -> 'job' ->> 'subject' and d.endpoint_id = any(${ids}::text[]))`;

/** As `caseFailure`. */
export const caseSays = (text: string) => holds("coalesce(t.evidence ->> 'reason', t.summary)", text);

/** As `tryFailure`, of the last try: by the primary key of tries, one row of each delivery. */
export const lastTrySays = (text: string) => `exists (select from delivery_tries y
  where y.delivery_id = t.id and y.n = t.tries and y.merchant_id = $1 and y.mode = $2
  and ${holds("concat_ws(': ', y.error, 'HTTP ' || y.status_code, y.response)", text)})`;

/** No pattern: what people type has no signs that mean something else. */
function holds(whole: string, text: string): string {
  return `strpos(lower(${whole}), lower(${text}::text)) > 0`;
}
