import type { Migration } from "./migration.ts";

/** When somebody last showed who they are, and above which refund they must do so again (docs/decisions/0070). */
export const confirmed: Migration = {
  id: 34,
  name: "confirmed",
  why: "An open page is not enough for keys, accounts, endpoints, the team and large refunds.",
  sql: `
alter table person_sessions add column confirmed_at timestamp(3) with time zone not null default to_timestamp(0);
update person_sessions set confirmed_at = started_at;
alter table merchants add column refund_limits json not null default '{}' check (length(refund_limits::text) <= 2000);
`,
};
