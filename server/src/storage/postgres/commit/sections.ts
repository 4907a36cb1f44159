/** What a change writes besides its guard and its claims. */
import type { CaseEnd } from "../../../core/change.ts";
import { attempts, cases, deliveries, deliveryTries, events, exchanges, inbox, jobs, refunds } from "../../tables.ts";
import { applied, insertSection, nothing, scopeInputs, section, indexInput, updateSection, type Section } from "./section.ts";
import { jobInsert, jobMoves, jobRemoves } from "./jobs.ts";

/** Their order in the text means nothing to PostgreSQL; it is the order in which they are numbered. Append only. */
export const sections: readonly Section[] = [
  updateSection(attempts, (change) => change.attempts?.update),
  // Closing one attempt and inserting the next beside it would break "one open attempt" in either order but this one.
  insertSection(attempts, (change) => change.attempts?.insert, { after: "attempts_update" }),
  updateSection(refunds, (change) => change.refunds?.update),
  insertSection(refunds, (change) => change.refunds?.insert),
  insertSection(exchanges, (change) => change.exchanges),
  insertSection(events, (change) => change.events),
  insertSection(deliveries, (change) => change.deliveries?.insert),
  insertSection(deliveryTries, (change) => change.deliveryTries),
  caseEnds(),
  insertSection(cases, (change) => change.cases?.open, {
    after: "cases_resolve",
    conflict: "on conflict (subject, kind, merchant_id, mode) where status = 'open' do nothing",
  }),
  updateSection(inbox, (change) => change.inbox?.update),
  jobInsert(jobs),
  jobMoves(),
  jobRemoves(),
  orderRelease(),
];

function caseEnds(): Section {
  return section<CaseEnd>({
    name: "cases_resolve",
    rowsOf: (change) => change.cases?.resolve ?? nothing,
    inputs: [
      indexInput(),
      ...scopeInputs<CaseEnd>(),
      { name: "kind", kind: "text", of: (entry) => entry.row.kind },
      { name: "subject", kind: "text", of: (entry) => entry.row.subject },
      { name: "resolved_at", kind: "time", of: (entry) => entry.row.resolvedAt },
      { name: "resolved_by", kind: "text", of: (entry) => entry.row.resolvedBy },
    ],
    sql: (from) => `
cases_resolve as (update cases t set status = 'resolved', resolved_at = to_timestamp(r.resolved_at::float8 / 1000), resolved_by = r.resolved_by
  from ${from} where ${applied} and t.merchant_id = r.merchant_id and t.mode = r.mode and t.kind = r.kind and t.subject = r.subject and t.status = 'open' returning 1)`,
  });
}

/** Only the payment that holds the order gives it back. */
function orderRelease(): Section {
  return section<string>({
    name: "order_release",
    rowsOf: (change) => (change.releaseOrder === undefined ? nothing : [change.releaseOrder]),
    inputs: [
      indexInput(),
      ...scopeInputs<string>(),
      { name: "order_id", kind: "text", of: (entry) => entry.row },
      { name: "payment_id", kind: "text", of: (entry) => entry.change.payment?.before.id },
    ],
    sql: (from) => `
order_release as (delete from live_payments t using ${from} where ${applied} and
  t.merchant_id = r.merchant_id and t.mode = r.mode and t.order_id = r.order_id and t.payment_id = r.payment_id)`,
  });
}
