import type { Migration } from "./migration.ts";

/** What a person needs to tell several keys apart. A key that could do everything so far may manage keys as well. */
export const keys: Migration = {
  id: 9,
  name: "keys",
  why: "A merchant has several API keys, with names and the time of their last use, and manages them by a scope of its own.",
  sql: `
alter table api_keys
  add column name text not null default 'Default' check (length(name) between 1 and 100),
  add column last_used_at timestamptz(3);
update api_keys set scopes = scopes || '{config}'
  where scopes @> '{payments.read,payments.write,refunds.write,webhooks,cases}' and not 'config' = any(scopes);
`,
};
