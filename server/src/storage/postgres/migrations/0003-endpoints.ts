import type { Migration } from "./migration.ts";

/**
 * A process of the version before can't set an endpoint while this one is there: its statement names the constraint that goes. All else
 * of it works on.
 */
export const endpoints: Migration = {
  id: 3,
  name: "endpoints",
  why: "A merchant has several webhook endpoints, each with its own filter, headers and schedule; deliveries are found by event type and endpoint.",
  sql: `
alter table webhook_endpoints
  drop constraint webhook_endpoints_one_per_scope,
  drop constraint webhook_endpoints_status_check,
  add constraint webhook_endpoints_status_check check (status in ('enabled', 'paused', 'disabled')),
  -- The bound of a merchant's endpoints, which no two requests at once can pass: each has a place of its own.
  add column slot integer not null default 1 check (slot between 1 and 16),
  add constraint webhook_endpoints_slot unique (merchant_id, mode, slot),
  add column description text check (length(description) <= 500),
  add column events text[] not null default '{*}' check (cardinality(events) between 1 and 50),
  add column headers_sealed text,
  add column secret_created_at timestamptz(3),
  add column predecessors text[] not null default '{}' check (cardinality(predecessors) <= 100),
  add column version integer not null default 1;
update webhook_endpoints set secret_created_at = created_at;
alter table webhook_endpoints alter column secret_created_at set not null, alter column slot drop default;

-- Jobs that wait for an endpoint have a lane for each of them, no longer one for the merchant.
update jobs j set lane = w.id || ' waiting' from webhook_endpoints w
  where j.queue = 'webhook-queue' and j.lane = w.merchant_id || ' ' || w.mode || ' waiting';

-- The test of an endpoint is about no payment.
alter table events alter column payment_id drop not null;
alter table deliveries alter column payment_id drop not null, add column event_type text;
update deliveries d set event_type = e.type from events e
  where e.id = d.event_id and e.merchant_id = d.merchant_id and e.mode = d.mode;
alter table deliveries alter column event_type set not null;
-- Most deliveries are of one type, which is found along the primary key.
create index deliveries_type on deliveries (merchant_id, mode, event_type, id) where event_type <> 'payment.succeeded';
create index deliveries_endpoint on deliveries (endpoint_id, merchant_id, mode, id);

-- Where a try went, and which headers of the merchant went with it.
alter table delivery_tries add column url text, add column header_names text;
`,
};
