import type { Migration } from "./migration.ts";

/**
 * The first tables. What holds for all of them:
 * - Every key holds merchant and mode, and so do foreign keys: no row can point into another tenant, and it is what a sharded
 *   PostgreSQL needs. Tables that are listed (payments, deliveries, cases) begin with them. All other keys begin with the column
 *   that is asked for: on an empty database the planner has no figures, holds any index that begins with the merchant for as good
 *   as the right one, keeps that plan, and reads all rows of the merchant for each key check until the first autoanalyze.
 * - Ids compare as bytes (`collate "C"`): they are time-ordered, so their order is the order of creation on every server.
 * - JSON is `json`, never `jsonb`: the text stays as it was written, key order and all.
 * - Times have milliseconds, as in the code. No statement and no default calls `now()`: the program's clock is the only one.
 * - No index on payments mentions a column that changes, so that their updates stay inside their page (HOT).
 */
export const first: Migration = {
  id: 1,
  name: "first",
  why: "Everything that one payment needs, from its creation to its webhook, and the rules of its states as constraints.",
  sql: `
-- Who may ask, where we send, which gateways we use.

create table merchants (
  id text collate "C" primary key,
  name text not null check (length(name) between 1 and 255),
  email text collate "C" not null check (length(email) between 3 and 320),
  created_at timestamptz(3) not null
);
-- One account per address, however it is written.
create unique index merchants_email on merchants (lower(email));

create table api_keys (
  merchant_id text collate "C" not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  key text collate "C" not null constraint api_keys_key unique,
  secret_hash text not null,
  scopes text[] not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (merchant_id, mode, id)
);

create table connector_accounts (
  merchant_id text collate "C" not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  -- Unique by itself: a gateway's webhook names nothing but the account.
  id text collate "C" not null constraint connector_accounts_id unique,
  connector text not null,
  priority integer not null,
  status text not null check (status in ('enabled', 'disabled')),
  credentials_sealed text not null,
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, id)
);

create table webhook_endpoints (
  merchant_id text collate "C" not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  url text not null check (length(url) <= 2048),
  status text not null check (status in ('enabled', 'disabled')),
  disabled_reason text,
  disabled_at timestamptz(3),
  -- Since when it has answered 410 without a break.
  gone_since timestamptz(3),
  secret_sealed text not null,
  previous_secret_sealed text,
  previous_secret_until timestamptz(3),
  retry_intervals_ms bigint[],
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, id),
  -- One endpoint per merchant and mode for now; everything else already allows more.
  constraint webhook_endpoints_one_per_scope unique (merchant_id, mode)
);

-- What was to be collected.

create table payments (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  order_id text collate "C" check (length(order_id) between 1 and 255),
  status text not null constraint payments_status check (status in
    ('created', 'pending', 'processing', 'requires_action', 'authorized', 'succeeded', 'failed', 'canceled')),
  version integer not null,
  attempt integer not null default 0,
  sequence integer not null,
  amount bigint not null check (amount between 1 and 999999999999),
  currency text not null check (length(currency) = 3),
  amount_authorized bigint not null default 0,
  amount_captured bigint not null default 0,
  capture_reserved bigint not null default 0,
  amount_refunded bigint not null default 0,
  refund_reserved bigint not null default 0,
  method json,
  capture_method text not null check (capture_method in ('automatic', 'manual')),
  description text check (length(description) <= 5000),
  metadata json not null,
  customer json,
  return_url text check (length(return_url) <= 2048),
  next_action json,
  error json,
  identity_kind text not null check (identity_kind in ('key', 'order', 'payment')),
  -- An order's identity is its id and an ordinal.
  identity text not null check (length(identity) between 1 and 300),
  audience text not null check (audience in ('merchant', 'checkout')),
  cancel_requested_at timestamptz(3),
  lapses_at timestamptz(3),
  request_id text not null,
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, id),
  constraint payments_captured_within_authorized check (amount_captured + capture_reserved <= amount_authorized),
  constraint payments_authorized_within_amount check (amount_authorized <= amount),
  constraint payments_refunded_within_captured check (amount_refunded + refund_reserved <= amount_captured),
  constraint payments_amounts_not_negative check
    (amount_authorized >= 0 and amount_captured >= 0 and capture_reserved >= 0 and amount_refunded >= 0 and refund_reserved >= 0),
  constraint payments_json_size check (length(metadata::text) <= 65536 and length(customer::text) <= 65536),
  -- The status, where it is none of those on the usual way: lists find rare payments by it, and on the usual way it does not change.
  listed_status text generated always as
    (case when status in ('created', 'requires_action', 'authorized', 'failed', 'canceled') then status end) stored
) with (fillfactor = 70);
create index payments_listed on payments (merchant_id, mode, listed_status, id) where listed_status is not null;
create index payments_order on payments (order_id, merchant_id, mode) where order_id is not null;

-- The live payment of an order: taken at pending, given back when that payment ends without success. A row of its own, since a
-- partial unique index on payments would mention the status.
create table live_payments (
  merchant_id text collate "C" not null,
  mode text not null,
  order_id text collate "C" not null,
  payment_id text collate "C" not null,
  primary key (merchant_id, mode, order_id),
  constraint live_payments_payment foreign key (merchant_id, mode, payment_id) references payments
);

-- A key of a create stays taken for ever: the gateway knows its payment under it.
create table idempotency (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  audience text collate "C" not null check (audience in ('merchant', 'checkout')),
  key text collate "C" not null check (length(key) between 1 and 255),
  request_hash text not null,
  request_id text not null,
  creates boolean not null,
  -- No foreign key: where an order was busy the payment was never written, and the refusal stands here.
  subject text collate "C",
  status integer,
  answer_event text collate "C",
  answer_closes text collate "C",
  answer_body text,
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, audience, key)
);
-- Keys of a create stay, so only the others are in the index of the clean-up, and a create does not pay for it.
create index idempotency_purge on idempotency (created_at) where not creates;

-- Everything that was tried for it.

create table attempts (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  subject text collate "C" not null,
  refund_id text collate "C",
  operation text not null check (operation in ('charge', 'capture', 'void', 'refund')),
  n integer not null check (n >= 1),
  connector text not null,
  account_id text collate "C" not null,
  gateway_key text collate "C" not null,
  status text not null constraint attempts_status check (status in
    ('queued', 'calling', 'requires_action', 'pending', 'authorized', 'succeeded', 'declined', 'rejected', 'not_sent', 'canceled', 'unknown')),
  amount bigint not null check (amount between 0 and 999999999999),
  currency text not null check (length(currency) = 3),
  gateway_reference text collate "C",
  parent_reference text collate "C",
  error json,
  routing json not null,
  first_sent_at timestamptz(3),
  last_sent_at timestamptz(3),
  sends integer not null check (sends >= 0),
  questions integer not null check (questions >= 0),
  not_found integer not null check (not_found >= 0),
  stored_error boolean not null,
  created_at timestamptz(3) not null,
  closed_at timestamptz(3),
  late_status text,
  late_reference text collate "C",
  late_at timestamptz(3),
  primary key (id, merchant_id, mode),
  constraint attempts_payment foreign key (merchant_id, mode, payment_id) references payments,
  constraint attempts_once unique (payment_id, operation, n, merchant_id, mode),
  constraint attempts_gateway_key unique (gateway_key)
) with (fillfactor = 80);
-- Two operations under way on one thing would be two calls to a gateway about the same money.
create unique index attempts_one_open on attempts (merchant_id, mode, subject)
  where status in ('queued', 'calling', 'requires_action', 'pending', 'unknown');
-- The wall against the double charge: a second one needs the proof that the first took nothing.
create unique index attempts_one_charge on attempts (payment_id, merchant_id, mode)
  where operation = 'charge' and status not in ('declined', 'rejected', 'not_sent', 'canceled');
create index attempts_reference on attempts (account_id, gateway_reference) where gateway_reference is not null;

create table exchanges (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C",
  attempt_id text collate "C",
  kind text not null check (kind in ('send', 'resend', 'question', 'cancel', 'webhook', 'sweep')),
  method text not null,
  url text not null,
  request text,
  status integer,
  response text,
  result text not null,
  started_at timestamptz(3) not null,
  duration_ms bigint not null,
  primary key (id, merchant_id, mode),
  constraint exchanges_attempt foreign key (attempt_id, merchant_id, mode) references attempts
);
create index exchanges_attempt on exchanges (attempt_id, merchant_id, mode);

-- Facts about it.

create table refunds (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  kind text not null check (kind in ('merchant', 'cancel', 'reversal')),
  reverses text collate "C",
  amount bigint not null check (amount between 1 and 999999999999),
  reason text check (length(reason) <= 5000),
  status text not null constraint refunds_status check (status in ('pending', 'processing', 'succeeded', 'failed')),
  error json,
  created_at timestamptz(3) not null,
  processed_at timestamptz(3),
  primary key (id, merchant_id, mode),
  constraint refunds_payment foreign key (merchant_id, mode, payment_id) references payments
);
create index refunds_payment on refunds (payment_id, merchant_id, mode);

create table events (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  sequence integer not null check (sequence >= 1),
  type text not null check (length(type) <= 64),
  closes text collate "C",
  -- Text, not json: it was rendered once and is replayed byte for byte.
  body text not null check (length(body) <= 1048576),
  created_at timestamptz(3) not null,
  primary key (id, merchant_id, mode),
  constraint events_payment foreign key (merchant_id, mode, payment_id) references payments,
  constraint events_once unique (payment_id, sequence, merchant_id, mode)
);

-- What is owed.

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
  constraint deliveries_once unique (event_id, endpoint_id, merchant_id, mode),
  -- As with payments.
  listed_status text generated always as (case when status in ('failed', 'canceled') then status end) stored
) with (fillfactor = 80);
create index deliveries_listed on deliveries (merchant_id, mode, listed_status, id) where listed_status is not null;

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

-- What people must see, and what arrived.

create table cases (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  kind text not null check (kind in
    ('unknown_outcome', 'mismatched_answer', 'late_truth', 'refund_contradicted', 'overdue', 'hold_not_released', 'dead_job',
     'unmatched_gateway_event')),
  subject text collate "C" not null,
  payment_id text collate "C",
  status text not null constraint cases_status check (status in ('open', 'resolved')),
  summary text not null,
  evidence json not null,
  opened_at timestamptz(3) not null,
  resolved_at timestamptz(3),
  resolved_by text check (resolved_by in ('answer', 'person')),
  resolution text,
  resolved_by_name text,
  constraint cases_resolved_whole check ((status = 'resolved') = (resolved_at is not null) and (status = 'resolved') = (resolved_by is not null)),
  constraint cases_person_says_why check ((resolved_by is not distinct from 'person') = (resolution is not null)
    and (resolution is null) = (resolved_by_name is null)),
  primary key (merchant_id, mode, id)
);
create unique index cases_one_open on cases (subject, kind, merchant_id, mode) where status = 'open';
create index cases_open on cases (merchant_id, mode, id) where status = 'open';
-- What a person resolved no rule opens again, so decisions look at these too.
create index cases_of_payment on cases (payment_id, merchant_id, mode) where resolved_by is distinct from 'answer';
-- The operator's lists, over all merchants.
create index cases_newest on cases (id);

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

-- What is to be done.

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
  hinted_until timestamptz(3),
  deadline_at timestamptz(3),
  traceparent text,
  created_at timestamptz(3) not null,
  primary key (id, merchant_id, mode)
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

-- Refusals only: each has a WHEN, so that the function is never called on the way of an allowed change.

create function refuse() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[0] using errcode = 'restrict_violation', constraint = tg_name, table = tg_table_name;
end $$;

create trigger payments_terminal before update on payments for each row
  when (old.status in ('succeeded', 'failed', 'canceled') and new.status <> old.status)
  execute function refuse('a payment does not leave a terminal state');

create trigger attempts_closed before update on attempts for each row
  when (old.status in ('authorized', 'succeeded', 'declined', 'rejected', 'not_sent', 'canceled') and
    (old.status, old.payment_id, old.subject, old.refund_id, old.operation, old.n, old.connector, old.account_id, old.gateway_key,
     old.amount, old.currency, old.gateway_reference, old.parent_reference, old.error::text, old.routing::text, old.first_sent_at,
     old.last_sent_at, old.sends, old.questions, old.not_found, old.stored_error, old.created_at, old.closed_at)
    is distinct from
    (new.status, new.payment_id, new.subject, new.refund_id, new.operation, new.n, new.connector, new.account_id, new.gateway_key,
     new.amount, new.currency, new.gateway_reference, new.parent_reference, new.error::text, new.routing::text, new.first_sent_at,
     new.last_sent_at, new.sends, new.questions, new.not_found, new.stored_error, new.created_at, new.closed_at))
  execute function refuse('a closed attempt does not change: later truth belongs into its late columns');

-- What explains, but is not money, is removed once it is old (docs/decisions/0012): exchanges and delivery tries may be deleted only where
-- the transaction has said up to which time, and only what is older. The setting is no secret; it keeps a careless DELETE from working.
-- Whatever it says, nothing of the last day goes: no retention is shorter. And nobody empties an append-only table at once.
create function purged_before() returns timestamptz language sql stable as $$
  select coalesce(to_timestamp(nullif(current_setting('tillway.purged_before', true), '')::float8 / 1000), '-infinity') $$;

create trigger events_append_only before update or delete on events for each row
  execute function refuse('events are append-only');
create trigger events_not_emptied before truncate on events execute function refuse('events are append-only');

create trigger exchanges_append_only before update on exchanges for each row
  execute function refuse('exchanges are append-only');
create trigger exchanges_kept before delete on exchanges for each row
  when (old.started_at >= least(purged_before(), clock_timestamp() - interval '1 day'))
  execute function refuse('exchanges are append-only: only the clean-up removes them, and only old ones');
create trigger exchanges_not_emptied before truncate on exchanges execute function refuse('exchanges are append-only');

create trigger delivery_tries_append_only before update on delivery_tries for each row
  execute function refuse('delivery tries are append-only');
create trigger delivery_tries_kept before delete on delivery_tries for each row
  when (old.at >= least(purged_before(), clock_timestamp() - interval '1 day'))
  execute function refuse('delivery tries are append-only: only the clean-up removes them, and only old ones');
create trigger delivery_tries_not_emptied before truncate on delivery_tries execute function refuse('delivery tries are append-only');
`,
};
