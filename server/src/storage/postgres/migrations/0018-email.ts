import type { Migration } from "./migration.ts";

/** E-mail to shoppers as a second channel of deliveries. */
export const email: Migration = {
  id: 18,
  name: "email",
  why: "A shopper is told what became of a payment, as surely as the merchant's server is.",
  sql: `
create table email_settings (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null unique,
  enabled boolean not null,
  from_name text check (length(from_name) between 1 and 100),
  reply_to text check (length(reply_to) between 3 and 254),
  line text check (length(line) between 1 and 500),
  events text[] not null check (cardinality(events) > 0),
  locale text not null,
  updated_at timestamptz(3) not null,
  primary key (merchant_id, mode)
);

create table captured_emails (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  delivery_id text collate "C" not null,
  sender text not null,
  recipient text not null,
  reply_to text,
  subject text not null,
  body_text text not null,
  body_html text not null,
  captured_at timestamptz(3) not null,
  primary key (merchant_id, mode, delivery_id)
);

alter table deliveries
  drop constraint deliveries_channel_check,
  add constraint deliveries_channel_check check (channel in ('webhook', 'email'));

alter table jobs
  drop constraint jobs_kind_check,
  add constraint jobs_kind_check check (kind in
    ('charge', 'capture', 'void', 'refund', 'ask', 'expire', 'gateway-event', 'webhook', 'email', 'sweep'));
`,
};
