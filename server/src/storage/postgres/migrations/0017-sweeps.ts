import type { Migration } from "./migration.ts";

/** The settlement sweep: each gateway's list is compared with our attempts. */
export const sweeps: Migration = {
  id: 17,
  name: "sweeps",
  why: "What neither answer, question nor webhook told is found by comparing the gateway's list with our attempts, closed ones too.",
  sql: `
create table sweeps (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  account_id text collate "C" not null,
  swept_until timestamptz(3) not null,
  walk_at timestamptz(3),
  walk_until timestamptz(3),
  span_ms int8 not null check (span_ms > 0),
  finished_at timestamptz(3),
  seen int8 not null check (seen >= 0),
  found int8 not null check (found >= 0),
  failure text,
  primary key (merchant_id, mode, account_id),
  foreign key (merchant_id, mode, account_id) references connector_accounts (merchant_id, mode, id),
  check ((walk_at is null) = (walk_until is null))
);

alter table jobs
  drop constraint jobs_kind_check,
  add constraint jobs_kind_check check (kind in
    ('charge', 'capture', 'void', 'refund', 'ask', 'expire', 'gateway-event', 'webhook', 'sweep'));

alter table cases
  drop constraint cases_kind_check,
  add constraint cases_kind_check check (kind in
    ('unknown_outcome', 'mismatched_answer', 'late_truth', 'refund_contradicted', 'overdue', 'hold_not_released', 'dead_job',
     'malformed_message', 'unmatched_gateway_event', 'unknown_charge', 'missing_charge'));
create index cases_found on cases (subject, kind, merchant_id, mode) where kind in ('unknown_charge', 'missing_charge');
`,
};
