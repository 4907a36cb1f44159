import type { Migration } from "./migration.ts";

/** What people do to dead letters, and messages that nobody can read. */
export const deadLetters: Migration = {
  id: 14,
  name: "dead_letters",
  why: "Dead letters are replayed and discarded by people, who say why; and a message that this program can't read is one of them.",
  sql: `
alter table deliveries add column by_hand json;

alter table cases
  add column quiet_until timestamptz(3),
  drop constraint cases_kind_check,
  add constraint cases_kind_check check (kind in
    ('unknown_outcome', 'mismatched_answer', 'late_truth', 'refund_contradicted', 'overdue', 'hold_not_released', 'dead_job',
     'malformed_message', 'unmatched_gateway_event'));
create index cases_quiet on cases (subject, kind, merchant_id, mode) where quiet_until is not null;
`,
};
