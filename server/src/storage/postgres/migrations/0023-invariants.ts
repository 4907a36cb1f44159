import type { Migration } from "./migration.ts";

/** How far the rows of each merchant were looked at for what must not be, and what was found. */
export const invariants: Migration = {
  id: 23,
  name: "invariants",
  why: "Constraints and decisions keep the rows right, and neither is asked by a restore or by a hand in the database: so the rows are looked at.",
  sql: `
create table invariant_checks (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  turn_at timestamptz(3) not null,
  version int4 not null,
  committed xid8 not null,
  event_id text collate "C" not null,
  checked_up_to timestamptz(3),
  last_run_at timestamptz(3),
  took_ms int8 not null,
  payments int8 not null,
  attempts int8 not null,
  refunds int8 not null,
  events int8 not null,
  deliveries int8 not null,
  walk_id text collate "C" not null,
  walk_from timestamptz(3),
  walk_at timestamptz(3),
  walk_started_at timestamptz(3),
  walk_finished_at timestamptz(3),
  primary key (merchant_id, mode)
);
create index invariant_checks_turn on invariant_checks (turn_at);

create table invariant_breaks (
  merchant_id text collate "C" not null,
  mode text not null,
  invariant text collate "C" not null check (length(invariant) <= 64),
  payment_id text collate "C" not null,
  rows text[] not null,
  found_at timestamptz(3) not null,
  primary key (merchant_id, mode, invariant, payment_id),
  foreign key (merchant_id, mode) references invariant_checks (merchant_id, mode)
);

alter table cases
  drop constraint cases_kind_check,
  add constraint cases_kind_check check (kind in
    ('unknown_outcome', 'mismatched_answer', 'late_truth', 'refund_contradicted', 'overdue', 'hold_not_released', 'dead_job',
     'malformed_message', 'unmatched_gateway_event', 'unknown_charge', 'missing_charge', 'broken_invariant'));
drop index cases_found;
create index cases_found on cases (subject, kind, merchant_id, mode) where kind in ('unknown_charge', 'missing_charge', 'broken_invariant');
`,
};
