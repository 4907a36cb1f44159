import type { Migration } from "./migration.ts";

/** Orders of our own. `order_id` of a payment may still be the merchant's own word: then it is no `ord_…`. */
export const orders: Migration = {
  id: 8,
  name: "orders",
  why: "A merchant says once what is to be paid, and pays it by as many payments as it takes.",
  sql: `
create table orders (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  status text not null constraint orders_status check (status in ('created', 'attempted', 'paid')),
  amount bigint not null check (amount between 1 and 999999999999),
  currency text not null check (length(currency) = 3),
  amount_paid bigint not null,
  receipt text check (length(receipt) between 1 and 64),
  notes json not null check (length(notes::text) <= 65536),
  request_id text not null,
  created_at timestamptz(3) not null,
  committed xid8 not null default pg_current_xact_id(),
  primary key (merchant_id, mode, id),
  constraint orders_paid_within_amount check (amount_paid between 0 and amount),
  constraint orders_paid_is_paid check ((status = 'paid') = (amount_paid > 0))
);
create index orders_committed on orders (((merchant_id || mode) collate "C"), committed, id);
create index orders_by_status on orders (((merchant_id || mode) collate "C"), status, committed, id);
create index orders_receipt on orders (receipt, merchant_id, mode) where receipt is not null;

create trigger orders_paid before update on orders for each row
  when (old.status = 'paid' and new.status <> old.status)
  execute function refuse('a paid order stays paid');
`,
};
