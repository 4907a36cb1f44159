import type { Migration } from "./migration.ts";

/** By what people look for payments, beside the payments: decision 0065. */
export const finds: Migration = {
  id: 24,
  name: "finds",
  why: "Payments are found by e-mail, last digits, amount, currency and method without an index that each payment would pay for as it is accepted.",
  sql: `
-- What is looked for, as a number of its own for each merchant, mode and kind. Whoever finds a row by it compares with the payment itself.
create function find_word(of_merchant text, of_mode text, kind text, value text) returns bigint language sql immutable
  return hashtextextended(of_merchant || ' ' || of_mode || ' ' || kind || ' ' || value, 0);

-- Filled in the order of commits, some seconds behind.
create table payment_finds (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  version integer not null,
  scope bigint not null,
  amount bigint not null,
  currency bigint not null,
  method bigint,
  email bigint,
  last4 bigint,
  account bigint,
  constraint payment_finds_pkey primary key (id, merchant_id, mode)
) with (fillfactor=90);
create index payment_finds_amount on payment_finds (scope, amount, id);
create index payment_finds_currency on payment_finds (currency, id);
create index payment_finds_method on payment_finds (method, id) where method is not null;
create index payment_finds_email on payment_finds (email, id) where email is not null;
create index payment_finds_last4 on payment_finds (last4, id) where last4 is not null;
create index payment_finds_account on payment_finds (account, id) where account is not null;

-- Up to which event the payments of a merchant were taken over. What comes after it is looked for among the payments themselves.
create table find_marks (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  committed xid8 not null,
  event_id text collate "C" not null,
  constraint find_marks_pkey primary key (merchant_id, mode)
);
`,
};
