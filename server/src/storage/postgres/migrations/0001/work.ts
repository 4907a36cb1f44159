/** What is owed, to be looked at, received and to be done. */

export const deliveries = `
-- No foreign key to the endpoint: every delivery of a merchant would lock that one row.
create table deliveries (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  channel text not null check (channel in ('webhook')),
  event_id text collate "C" not null,
  payment_id text collate "C" not null,
  endpoint_id text collate "C" not null,
  status text not null constraint deliveries_status check (status in ('pending', 'succeeded', 'failed', 'canceled')),
  tries integer not null check (tries >= 0),
  -- Tries made when the schedule last began: a retry by hand begins it anew and goes on counting.
  schedule_start integer not null check (schedule_start between 0 and tries),
  next_try_at timestamptz(3),
  last_status_code integer,
  created_at timestamptz(3) not null,
  finished_at timestamptz(3),
  primary key (merchant_id, mode, id),
  constraint deliveries_event foreign key (event_id, merchant_id, mode) references events,
  constraint deliveries_once unique (event_id, endpoint_id, merchant_id, mode)
) with (fillfactor = 80);
create index deliveries_failed on deliveries (merchant_id, mode, id) where status = 'failed';

create table delivery_tries (
  merchant_id text collate "C" not null,
  mode text not null,
  delivery_id text collate "C" not null,
  n integer not null check (n >= 1),
  at timestamptz(3) not null,
  duration_ms bigint not null,
  status_code integer,
  response text,
  error text,
  primary key (delivery_id, n, merchant_id, mode),
  constraint delivery_tries_delivery foreign key (merchant_id, mode, delivery_id) references deliveries
);
`;

export const people = `
create table cases (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  kind text not null check (kind in
    ('unknown_outcome', 'late_truth', 'mismatched_answer', 'refund_contradicted', 'overdue', 'dead_job', 'unmatched_gateway_event')),
  subject text collate "C" not null,
  payment_id text collate "C",
  status text not null constraint cases_status check (status in ('open', 'resolved')),
  summary text not null,
  evidence json not null,
  opened_at timestamptz(3) not null,
  resolved_at timestamptz(3),
  resolved_by text check (resolved_by in ('answer', 'person')),
  primary key (merchant_id, mode, id)
);
create unique index cases_one_open on cases (subject, kind, merchant_id, mode) where status = 'open';
create index cases_open_of_payment on cases (payment_id, merchant_id, mode) where status = 'open';

create table inbox (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  connector text not null,
  account_id text collate "C" not null,
  gateway_event_id text collate "C" not null,
  body text not null,
  status text not null constraint inbox_status check (status in ('received', 'applied', 'ignored', 'unmatched')),
  attempt_id text collate "C",
  received_at timestamptz(3) not null,
  handled_at timestamptz(3),
  primary key (id, merchant_id, mode),
  constraint inbox_once unique (account_id, gateway_event_id)
);
`;

export const work = `
create table jobs (
  id text collate "C" not null,
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  queue text collate "C" not null check (queue in ('payment-queue', 'refund-queue', 'webhook-queue')),
  kind text not null check (kind in ('charge', 'capture', 'void', 'refund', 'ask', 'expire', 'gateway-event', 'webhook')),
  subject text collate "C" not null,
  attempt_id text collate "C",
  lane text collate "C" not null check (lane <> ''),
  -- A claim moves it to the end of the lease, so "run_at <= now" alone means free and due.
  run_at timestamptz(3) not null,
  tries integer not null check (tries >= 0),
  lease_token text collate "C",
  lease_until timestamptz(3),
  hinted_until timestamptz(3),
  deadline_at timestamptz(3),
  traceparent text,
  created_at timestamptz(3) not null,
  primary key (id, merchant_id, mode),
  constraint jobs_lease_whole check ((lease_token is null) = (lease_until is null))
-- A queue's rows live for seconds: its dead ones must go before they are a fifth of it.
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
create index jobs_due on jobs (queue, lane, run_at);
create index jobs_deadline on jobs (deadline_at) where deadline_at is not null;

create table processes (
  id text collate "C" primary key,
  role text not null check (role in ('api', 'worker', 'all')),
  started_at timestamptz(3) not null,
  seen_at timestamptz(3) not null
);
`;
