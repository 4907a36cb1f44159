import type { Migration } from "./migration.ts";

/** Whatever is there already has the first version. Without a rewrite: PostgreSQL keeps the default of rows from before beside the table. */
export const versions: Migration = {
  id: 13,
  name: "versions",
  why: "Keys and webhook endpoints are pinned to a version of the API; events and stored answers keep the version in whose form they are.",
  sql: `
alter table api_keys add column api_version text not null default '2026-11-27';
alter table webhook_endpoints add column api_version text not null default '2026-11-27';
alter table events add column api_version text not null default '2026-11-27';
alter table idempotency add column api_version text not null default '2026-11-27';
`,
};
