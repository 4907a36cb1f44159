import type { Migration } from "./migration.ts";

/** Checkouts of orders, and how a merchant's checkouts look. */
export const checkout: Migration = {
  id: 19,
  name: "checkout",
  why: "A shopper pays an order on a page of ours, which expires and can be called off, in the merchant's name and colour.",
  sql: `
create table checkout_sessions (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  order_id text collate "C" not null,
  methods json,
  return_url text check (length(return_url) <= 2048),
  cancel_url text check (length(cancel_url) <= 2048),
  locale text check (length(locale) <= 35),
  expires_at timestamptz(3) not null,
  canceled_at timestamptz(3),
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, id),
  foreign key (merchant_id, mode, order_id) references orders (merchant_id, mode, id)
);
create unique index checkout_sessions_id on checkout_sessions (id);

create table checkout_settings (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  name text check (length(name) between 1 and 100),
  color text check (color ~ '^#[0-9a-f]{6}$'),
  logo text check (length(logo) <= 50000),
  origins json not null,
  updated_at timestamptz(3) not null,
  primary key (merchant_id, mode)
);
`,
};
