import type { Migration } from "./migration.ts";

/** The operator makes and lists merchants by the API, and keys have limits of their own. */
export const operator: Migration = {
  id: 12,
  name: "operator",
  why: "The operator repeats requests by idempotency keys of its own and reads new merchants without gaps; a key has a rate limit; creates at once cannot pass the most keys.",
  sql: `
alter table idempotency drop constraint idempotency_audience_check,
  add constraint idempotency_audience_check check (audience in ('merchant', 'checkout', 'operator'));

alter table merchants add column committed xid8 not null default pg_current_xact_id();
create index merchants_committed on merchants (committed, id);

alter table api_keys add column rate_limit_per_second integer check (rate_limit_per_second between 1 and 100000);

-- Of a scope, one caller at a time: the lock is held until the caller's statement has ended, and what stands after it sees what others have
-- written before. A statement alone would count by the snapshot that it took before it waited.
create function keys_in_force(of_merchant text, of_mode text, at timestamptz) returns bigint language plpgsql as $$
begin
  perform from merchants where id = of_merchant for no key update;
  return (select count(*) from api_keys
    where merchant_id = of_merchant and mode = of_mode and revoked_at is null and (expires_at is null or expires_at > at));
end $$;
`,
};
