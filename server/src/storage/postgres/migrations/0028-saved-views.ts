import type { Migration } from "./migration.ts";

/** Lists as people like to see them. See docs/decisions/0061. */
export const savedViews: Migration = {
  id: 28,
  name: "saved-views",
  why: "People keep the filters that they come back to under names of their own, in every browser.",
  sql: `
-- What a member keeps goes with the membership.
create table saved_views (
  id text collate "C" primary key,
  merchant_id text collate "C" not null,
  person_id text collate "C" not null,
  -- Numbered, so that of many at once no more are kept than there may be.
  slot int2 not null check (slot between 1 and 50),
  page text collate "C" not null check (length(page) between 1 and 40),
  name text collate "C" not null check (length(name) between 1 and 60),
  query text collate "C" not null check (length(query) between 1 and 2000),
  created_at timestamptz(3) not null,
  constraint saved_views_slot unique (merchant_id, person_id, slot),
  constraint saved_views_name unique (merchant_id, person_id, page, name),
  foreign key (merchant_id, person_id) references memberships (merchant_id, person_id) on delete cascade
);
`,
};
