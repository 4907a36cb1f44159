import type { Migration } from "./migration.ts";

/**
 * As migration 36, for payments that are to be charged: a request that was admitted before its process heard of the restore can't leave one behind
 * that is charged when the restore ends. See docs/decisions/0075. Payments are locked before attempts, as the statements that write both lock them.
 */
export const restoresTakeNothing: Migration = {
  id: 37,
  name: "restores-take-nothing",
  why: "While a restored database waits for its sweeps no payment is taken that would be charged an hour later, when its shopper has paid elsewhere.",
  sql: `
-- One that begins now has the old function, and is seen when it has ended.
lock table restores in share mode;
create trigger payments_taken_in_restore before insert on payments for each row when (new.status = 'pending') execute function refuse_sends();
create trigger payments_confirmed_in_restore before update of status on payments for each row
  when (new.status = 'pending' and old.status <> 'pending') execute function refuse_sends();
-- By the owner of the tables, whoever enters. It waits for longer than a second, after which PostgreSQL calls off an autovacuum that is in the way.
create or replace function guard_sends() returns trigger language plpgsql
  security definer set search_path = public, pg_temp set lock_timeout = '1500ms' as $$
begin
  if exists (select from restores where finished_at is null) then
    alter table payments enable trigger payments_taken_in_restore, enable trigger payments_confirmed_in_restore;
    alter table attempts enable trigger attempts_inserted_in_restore, enable trigger attempts_sent_in_restore;
  else
    alter table payments disable trigger payments_taken_in_restore, disable trigger payments_confirmed_in_restore;
    alter table attempts disable trigger attempts_inserted_in_restore, disable trigger attempts_sent_in_restore;
  end if;
  return null;
end $$;
do $$ begin
  if not exists (select from restores where finished_at is null) then
    alter table payments disable trigger payments_taken_in_restore, disable trigger payments_confirmed_in_restore;
  end if;
end $$;
`,
};
