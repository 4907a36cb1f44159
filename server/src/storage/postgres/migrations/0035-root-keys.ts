import type { Migration } from "./migration.ts";

/** The key that everything else is derived from, sealed by each master key that may open it (docs/decisions/0073). */
export const rootKeys: Migration = {
  id: 35,
  name: "root-keys",
  why: "Another master key takes the place of the old one without a sealed row, a hash or a link being made anew.",
  sql: `
create table root_keys (
  master_key_id text collate "C" primary key check (master_key_id ~ '^[0-9a-f]{8}$'),
  wrapped text not null check (length(wrapped) <= 200),
  created_at timestamp(3) with time zone not null
);
`,
};
