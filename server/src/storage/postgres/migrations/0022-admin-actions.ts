import type { Migration } from "./migration.ts";

/**
 * A trigger writes what was changed in the tables of configuration: so no statement can forget it, not even one of somebody at a prompt. Who
 * it was, the transaction says (`tillway.by`). Columns with secrets are left out; the times beside them show that they were changed.
 */
export const adminActions: Migration = {
  id: 22,
  name: "admin-actions",
  why: "Who changed what, when, and how it was before, can be looked up for each change of configuration and each step of a person.",
  sql: `
create table admin_actions (
  -- Empty: of the installation, or of no mode, as a merchant's team is.
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live', '')),
  id text collate "C" not null primary key,
  at timestamptz(3) not null,
  actor_kind text not null check (actor_kind in ('person', 'key', 'operator', 'cli', 'system')),
  actor_id text collate "C",
  actor_label text,
  request_id text collate "C",
  action text not null check (length(action) between 3 and 64),
  subject text collate "C" not null,
  before json,
  after json,
  committed xid8 not null default pg_current_xact_id()
);
create index admin_actions_of_merchant on admin_actions (merchant_id, id);
create index admin_actions_subject on admin_actions (merchant_id, subject, id);
create index admin_actions_committed on admin_actions (merchant_id, committed, id);
create trigger admin_actions_append_only before update or delete on admin_actions for each row
  execute function refuse('admin actions are append-only');
create trigger admin_actions_not_emptied before truncate on admin_actions for each statement
  execute function refuse('admin actions are append-only');

-- As newId makes them: 48 bits of milliseconds and 16 random letters.
create function new_action_id(at timestamptz) returns text language sql volatile as $$
  select 'act_' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (case
    when n < 10 then ((extract(epoch from at) * 1000)::bigint >> (5 * (9 - n))) & 31
    else get_byte(sha256(uuid_send(r.u)), n) & 31 end)::int, 1), '' order by n)
  from (select gen_random_uuid() as u) r, generate_series(0, 25) n
$$;

create function shown_of(given jsonb) returns jsonb language sql immutable strict as $$
  select coalesce(jsonb_object_agg(key, case
    when jsonb_typeof(value) = 'string' and length(value #>> '{}') > 1000
    then to_jsonb('sha256:' || encode(sha256(convert_to(value #>> '{}', 'UTF8')), 'hex')) else value end), '{}'::jsonb)
  from jsonb_each(given) where jsonb_typeof(value) <> 'null'
$$;

create function note_change() returns trigger language plpgsql as $$
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
    select array_agg(key) into differs from jsonb_each(new_row) where value is distinct from old_row -> key;
    if who ? 'secrets' then new_row := new_row || (who -> 'secrets'); end if;
    if differs is null and not who ? 'secrets' then return null; end if;
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
    select jsonb_object_agg(key, value) into old_row from jsonb_each(old_row) where value is distinct from new_row -> key;
    select jsonb_object_agg(key, value) into new_row from jsonb_each(new_row) where key = any(differs) or (who -> 'secrets') ? key;
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

-- Of what changes by itself (a breaker, a key's last use) no trigger fires.
create trigger merchants_noted after insert or update or delete on merchants for each row execute function note_change('merchant', 'committed');
create trigger api_keys_noted after insert or delete or update of name, scopes, rate_limit_per_second, api_version, expires_at, revoked_at on api_keys
  for each row execute function note_change('api_key', 'secret_hash,last_used_at');
create trigger connector_accounts_noted after insert or update or delete on connector_accounts
  for each row execute function note_change('connector_account', 'credentials_sealed,version');
create trigger webhook_endpoints_noted after insert or delete or update of id, url, status, disabled_reason, description, events, secret_created_at,
  previous_secret_until, headers_sealed, retry_intervals_ms, api_version on webhook_endpoints for each row execute function
  note_change('webhook_endpoint', 'secret_sealed,previous_secret_sealed,headers_sealed,slot,version,breaker_until,breaker_trips,gone_since,predecessors');
create trigger routing_rules_noted after insert or update or delete on routing_rules for each row execute function note_change('routing_rules', 'updated_at');
create trigger email_settings_noted after insert or update or delete on email_settings for each row execute function note_change('email_settings', 'updated_at');
create trigger checkout_settings_noted after insert or update or delete on checkout_settings
  for each row execute function note_change('checkout_settings', 'updated_at');
create trigger payment_links_noted after insert or delete or update of deactivated_at on payment_links
  for each row execute function note_change('payment_link', 'committed,uses_taken,token');
`,
};
