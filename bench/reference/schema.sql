-- R, the reference: about the least that a database can be asked to keep of one payment. It never changes, or no two figures compare.
create table r_idempotency (key text primary key, request_hash text not null, payment_id text not null, status integer not null);
create table r_payments (id text primary key, merchant_id text not null, status text not null, amount bigint not null,
  currency text not null, method text not null, metadata text not null, created_at timestamptz not null);
create table r_events (id text primary key, payment_id text not null, type text not null, body text not null, created_at timestamptz not null);
create table r_jobs (id text primary key, queue text not null, subject text not null, run_at timestamptz not null, tries integer not null);
