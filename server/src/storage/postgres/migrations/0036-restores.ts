import type { Migration } from "./migration.ts";

/**
 * While a row of `restores` is not finished, a trigger refuses every attempt that is about to be sent, whoever writes it. Otherwise it is
 * switched off, so that nothing pays for it. See docs/decisions/0075.
 */
export const restores: Migration = {
  id: 36,
  name: "restores",
  why: "A database that was restored from a backup moves no money before every gateway was asked what the backup does not know.",
  sql: `
create table database_identity (
  -- Of the data, wherever it is restored to.
  id text collate "C" primary key,
  -- Of the server that it was last used on.
  system_identifier text collate "C" not null,
  timeline text collate "C" not null
);
create unique index database_identity_one on database_identity ((true));
insert into database_identity (id, system_identifier, timeline)
select gen_random_uuid()::text, (select system_identifier::text from pg_control_system()), left(pg_walfile_name(pg_current_wal_flush_lsn()), 8);

create table restores (
  id text collate "C" primary key,
  reason text not null check (reason in ('by_hand', 'other_server', 'other_timeline', 'behind')),
  detail text not null check (length(detail) between 1 and 1000),
  lost_from timestamptz(3) not null,
  begun_at timestamptz(3) not null,
  finished_at timestamptz(3),
  forced_reason text check (length(forced_reason) between 1 and 1000),
  check (forced_reason is null or finished_at is not null)
);
create unique index restores_open on restores ((true)) where finished_at is null;
create trigger restores_noted after insert or update or delete on restores for each row execute function note_change('restore', '');
create trigger root_keys_noted after insert or update or delete on root_keys for each row execute function note_change('master_key', 'wrapped');

create function refuse_sends() returns trigger language plpgsql as $$
begin
  raise exception 'this database was restored: no money moves before every gateway was swept' using errcode = 'TW001';
end $$;
create trigger attempts_inserted_in_restore before insert on attempts for each row when (new.sends > 0) execute function refuse_sends();
create trigger attempts_sent_in_restore before update of sends on attempts for each row when (new.sends > old.sends)
  execute function refuse_sends();
alter table attempts disable trigger attempts_inserted_in_restore, disable trigger attempts_sent_in_restore;

create function guard_sends() returns trigger language plpgsql as $$
begin
  if exists (select from restores where finished_at is null) then
    alter table attempts enable trigger attempts_inserted_in_restore, enable trigger attempts_sent_in_restore;
  else
    alter table attempts disable trigger attempts_inserted_in_restore, disable trigger attempts_sent_in_restore;
  end if;
  return null;
end $$;
create trigger restores_guard after insert or update or delete on restores for each row execute function guard_sends();
`,
};
