import type { Migration } from "./migration.ts";

/**
 * A person's own password and second factor, and the secret headers of an endpoint: that they changed is noted, what they are is not. An
 * update says `secrets` in `tillway.by` where what is sealed differs: each sealing has other bytes, so the trigger can't tell by itself.
 */
export const personActions: Migration = {
  id: 29,
  name: "person-actions",
  why: "Who changed a password, a second factor or the secret headers of an endpoint, and when, can be looked up like all other changes.",
  sql: `
create or replace function note_change() returns trigger language plpgsql as $$
declare
  noun text := tg_argv[0];
  hidden text[] := string_to_array(tg_argv[1], ',');
  who jsonb := coalesce(nullif(current_setting('tillway.by', true), '')::jsonb, '{}');
  old_row jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) - hidden end;
  new_row jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) - hidden end;
  named jsonb := coalesce(new_row, old_row);
  differs text[];
  verb text;
  moment timestamptz := coalesce(to_timestamp((who ->> 'at')::float8 / 1000), clock_timestamp());
begin
  if tg_op = 'UPDATE' then
    if who ? 'secrets' then
      old_row := old_row || (who #> '{secrets,before}');
      new_row := new_row || (who #> '{secrets,after}');
    end if;
    select array_agg(key) into differs from jsonb_each(new_row) where value is distinct from old_row -> key;
    if differs is null then return null; end if;
    verb := case
      when 'revoked_at' = any(differs) then 'revoked'
      when 'closed_at' = any(differs) then 'closed'
      when 'deactivated_at' = any(differs) then 'deactivated'
      when 'credentials_set_at' = any(differs) then 'credentials_rotated'
      when 'secret_created_at' = any(differs) then 'secret_rotated'
      when noun = 'api_key' and 'expires_at' = any(differs) then 'rotated'
      when noun = 'routing_rules' then 'replaced'
      when differs <@ array['status', 'disabled_reason', 'disabled_at'] and named ->> 'status' in ('paused', 'enabled', 'disabled')
        then named ->> 'status'
      else 'updated' end;
    select jsonb_object_agg(key, value) into old_row from jsonb_each(old_row) where key = any(differs);
    select jsonb_object_agg(key, value) into new_row from jsonb_each(new_row) where key = any(differs);
  elsif tg_op = 'INSERT' then
    verb := case when noun = 'routing_rules' then 'replaced' when noun like '%settings' then 'updated' else 'created' end;
  else
    verb := 'deleted';
  end if;
  insert into admin_actions (merchant_id, mode, id, at, actor_kind, actor_id, actor_label, request_id, action, subject, before, after)
  values (
    coalesce(named ->> 'merchant_id', case when noun = 'merchant' then named ->> 'id' end, ''),
    coalesce(named ->> 'mode', ''),
    new_action_id(moment), moment,
    coalesce(who ->> 'kind', 'system'), who ->> 'id', coalesce(who ->> 'label', case when who = '{}' then session_user end), who ->> 'requestId',
    noun || '.' || verb,
    coalesce(named ->> 'id', coalesce(to_jsonb(new), to_jsonb(old)) ->> 'person_id', noun),
    shown_of(old_row), shown_of(new_row));
  return null;
end $$;

-- In the log of each merchant whose team the person is in; of nobody's team, in that of the installation.
create function note_person() returns trigger language plpgsql as $$
declare
  who jsonb := coalesce(nullif(current_setting('tillway.by', true), '')::jsonb, '{}');
  moment timestamptz := coalesce(to_timestamp((who ->> 'at')::float8 / 1000), clock_timestamp());
begin
  insert into admin_actions (merchant_id, mode, id, at, actor_kind, actor_id, actor_label, request_id, action, subject, before, after)
  select m.merchant_id, '', new_action_id(moment), moment,
    coalesce(who ->> 'kind', 'system'), who ->> 'id', coalesce(who ->> 'label', case when who = '{}' then session_user end), who ->> 'requestId',
    'person.' || d.verb, new.id, json_build_object(d.name, d.was), json_build_object(d.name, d.is_now)
  from (
    select 'password_changed' as verb, 'password' as name, case when old.password_hash is null then 'none' else 'set' end as was, 'changed' as is_now
      where old.password_hash is distinct from new.password_hash
    union all select 'totp_set', 'totp', 'none', 'set' where old.totp is null and new.totp is not null
    union all select 'totp_removed', 'totp', 'set', 'none' where old.totp is not null and new.totp is null
    union all select 'totp_replaced', 'totp', 'set', 'changed' where old.totp <> new.totp
    union all select 'recovery_code_used', 'recovery_codes_left', cardinality(old.recovery_hashes)::text, cardinality(new.recovery_hashes)::text
      where old.totp = new.totp and old.recovery_hashes <> new.recovery_hashes and new.recovery_hashes <@ old.recovery_hashes
    union all select 'recovery_codes_renewed', 'recovery_codes', 'set', 'changed'
      where old.totp = new.totp and not new.recovery_hashes <@ old.recovery_hashes
  ) d, (
    select merchant_id from memberships where person_id = new.id
    union all select '' where not exists (select from memberships where person_id = new.id)
  ) m;
  return null;
end $$;
create trigger people_noted after update of password_hash, totp, recovery_hashes on people for each row execute function note_person();
`,
};
