import type { Migration } from "./migration.ts";

/** Merchants manage their gateway accounts. One from before has a name that says nothing, and credentials as old as itself. */
export const accounts: Migration = {
  id: 16,
  name: "accounts",
  why: "A merchant has several accounts at a gateway, with names, and changes, rotates, tests and closes them by the API.",
  sql: `
alter table connector_accounts
  add column name text not null default 'Default' check (length(name) between 1 and 100),
  add column credentials_set_at json not null default '{}',
  add column previous_secret_until timestamptz(3),
  add column verified_at timestamptz(3),
  -- Attempts name their account for good, so it is never deleted.
  add column closed_at timestamptz(3),
  add column version integer not null default 1,
  add constraint connector_accounts_closed check (closed_at is null or status = 'disabled');

-- As keys_in_force: of a merchant one at a time, so that creates at once never pass the bound.
create function accounts_in_use(of_merchant text, of_mode text) returns bigint language plpgsql as $$
begin
  perform from merchants where id = of_merchant for no key update;
  return (select count(*) from connector_accounts where merchant_id = of_merchant and mode = of_mode and closed_at is null);
end $$;
`,
};
