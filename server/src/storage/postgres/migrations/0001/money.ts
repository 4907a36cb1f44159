/** What was to be collected, and everything that was tried for it. */

export const payments = `
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
  constraint payments_json_size check (length(metadata::text) <= 65536 and length(customer::text) <= 65536)
) with (fillfactor = 70);
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
create index live_payments_payment on live_payments (payment_id, merchant_id, mode);

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
`;

export const attempts = `
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
create unique index attempts_one_open on attempts (subject, merchant_id, mode)
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
`;

export const facts = `
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
`;
