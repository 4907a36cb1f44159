import type { Migration } from "./migration.ts";

/**
 * Payment links, and how many of a link's orders may be paid. A use is taken with the row of `live_payments`, which each payment must have
 * before it may be charged, and given back with it, unless the order is paid by then. See docs/decisions/0057.
 */
export const paymentLinks: Migration = {
  id: 20,
  name: "payment-links",
  why: "A merchant sends an address to shoppers who pay orders of their own by it, and no more of them than the merchant wants.",
  sql: `
create table payment_links (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  token text collate "C" not null check (length(token) = 20),
  amount bigint check (amount between 1 and 999999999999),
  currency text not null check (length(currency) = 3),
  min_amount bigint check (min_amount between 1 and 999999999999),
  max_amount bigint check (max_amount between 1 and 999999999999),
  suggested_amount bigint check (suggested_amount between 1 and 999999999999),
  description text check (length(description) <= 500),
  uses int check (uses between 1 and 1000000),
  methods json,
  return_url text check (length(return_url) <= 2048),
  locale text check (length(locale) <= 35),
  metadata json not null check (length(metadata::text) <= 65536),
  expires_at timestamptz(3),
  deactivated_at timestamptz(3),
  created_at timestamptz(3) not null,
  -- Orders that are paid or live; counted of links that have a bound.
  uses_taken int not null default 0,
  committed xid8 not null default pg_current_xact_id(),
  primary key (merchant_id, mode, id),
  constraint payment_links_uses check (uses_taken between 0 and coalesce(uses, uses_taken)),
  constraint payment_links_amount check (amount is null or (min_amount is null and max_amount is null and suggested_amount is null)),
  constraint payment_links_bounds check (min_amount <= max_amount)
);
create unique index payment_links_token on payment_links (token);
create index payment_links_committed on payment_links (((merchant_id || mode) collate "C"), committed, id);

alter table orders add column payment_link_id text collate "C",
  add constraint orders_payment_link foreign key (merchant_id, mode, payment_link_id) references payment_links (merchant_id, mode, id);
create index orders_by_payment_link on orders (((merchant_id || mode) collate "C"), payment_link_id, committed, id)
  where payment_link_id is not null;
create index orders_paid_by_link on orders (payment_link_id) where status = 'paid' and payment_link_id is not null;

alter table live_payments add column payment_link_id text collate "C";

create function take_use() returns trigger language plpgsql as $$
begin
  update payment_links l set uses_taken = l.uses_taken + 1
  where l.merchant_id = new.merchant_id and l.mode = new.mode and l.id = new.payment_link_id and l.uses is not null
    and not exists (select from orders o where o.merchant_id = new.merchant_id and o.mode = new.mode and o.id = new.order_id and o.status = 'paid');
  return null;
end $$;
create function give_use_back() returns trigger language plpgsql as $$
begin
  update payment_links l set uses_taken = l.uses_taken - 1
  where l.merchant_id = old.merchant_id and l.mode = old.mode and l.id = old.payment_link_id and l.uses is not null
    and not exists (select from orders o where o.merchant_id = old.merchant_id and o.mode = old.mode and o.id = old.order_id and o.status = 'paid');
  return null;
end $$;
-- Payments without a link pay for neither.
create trigger live_payments_take_use after insert on live_payments for each row
  when (new.payment_link_id is not null) execute function take_use();
create trigger live_payments_give_use_back after delete on live_payments for each row
  when (old.payment_link_id is not null) execute function give_use_back();
`,
};
