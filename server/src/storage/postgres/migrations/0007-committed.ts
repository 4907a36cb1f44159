import type { Migration } from "./migration.ts";

/** The order in which rows became visible, so that whoever reads what is new misses nothing (docs/decisions/0034). */
export const committed: Migration = {
  id: 7,
  name: "committed",
  why: "Ids are made before the commit, so a reader that goes on from the newest id can miss a row that is committed late.",
  sql: `
-- The transaction that wrote the row. What is there already has one place, and is ordered by its ids.
alter table payments add column committed xid8 not null default pg_current_xact_id();
alter table events add column committed xid8 not null default pg_current_xact_id();
alter table deliveries add column committed xid8 not null default pg_current_xact_id();
alter table refunds add column committed xid8 not null default pg_current_xact_id();
alter table cases add column committed xid8 not null default pg_current_xact_id();

-- By an expression, which no other statement has: on an empty database the planner holds any index that begins with the merchant for as good
-- as the right one.
create index payments_committed on payments (((merchant_id || mode) collate "C"), committed, id);
create index events_committed on events (((merchant_id || mode) collate "C"), committed, id);
create index deliveries_committed on deliveries (((merchant_id || mode) collate "C"), committed, id);
create index refunds_committed on refunds (((merchant_id || mode) collate "C"), committed, id);
create index cases_committed on cases (((merchant_id || mode) collate "C"), committed, id);

drop index payments_listed;
create index payments_listed on payments (((merchant_id || mode) collate "C"), listed_status, committed, id) where listed_status is not null;
drop index deliveries_listed;
create index deliveries_listed on deliveries (((merchant_id || mode) collate "C"), listed_status, committed, id) where listed_status is not null;

-- As with payments: the types on the usual way are found along the order, and do not pay for this.
alter table events add column listed_type text collate "C" generated always as
  (case when type not in ('payment.created', 'payment.pending', 'payment.succeeded', 'payment.authorized') then type end) stored;
create index events_listed on events (((merchant_id || mode) collate "C"), listed_type, committed, id) where listed_type is not null;
`,
};
