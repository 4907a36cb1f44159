-- Written by scripts/schema.mjs from the migrations. Do not edit: write a migration.

CREATE OR REPLACE FUNCTION public.accounts_in_use(of_merchant text, of_mode text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  perform from merchants where id = of_merchant for no key update;
  return (select count(*) from connector_accounts where merchant_id = of_merchant and mode = of_mode and closed_at is null);
end $function$
;

CREATE OR REPLACE FUNCTION public.audit_leaf(line text)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE
AS $function$ select sha256('\x00'::bytea || convert_to(line, 'UTF8')) $function$
;

CREATE OR REPLACE FUNCTION public.audit_line(a admin_actions)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select '{"object":"admin_action","merchant_id":' || to_json(a.merchant_id) || ',"mode":' || to_json(a.mode) || ',"id":' || to_json(a.id)
    || ',"created_at":' || ms_of(a.at) || ',"actor":{"kind":' || to_json(a.actor_kind)
    || ',"id":' || coalesce(to_json(a.actor_id)::text, 'null') || ',"label":' || coalesce(to_json(a.actor_label)::text, 'null')
    || '},"request_id":' || coalesce(to_json(a.request_id)::text, 'null') || ',"action":' || to_json(a.action)
    || ',"subject":' || to_json(a.subject) || ',"before":' || coalesce(a.before::text, 'null') || ',"after":' || coalesce(a.after::text, 'null') || '}'
$function$
;

CREATE OR REPLACE FUNCTION public.audit_line(e events)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select '{"object":"event","merchant_id":' || to_json(e.merchant_id) || ',"mode":' || to_json(e.mode) || ',"id":' || to_json(e.id)
    || ',"payment_id":' || coalesce(to_json(e.payment_id)::text, 'null') || ',"sequence":' || e.sequence || ',"type":' || to_json(e.type)
    || ',"closes":' || coalesce(to_json(e.closes)::text, 'null') || ',"api_version":' || to_json(e.api_version)
    || ',"created_at":' || ms_of(e.created_at) || ',"data":' || e.body || '}'
$function$
;

CREATE OR REPLACE FUNCTION public.find_word(of_merchant text, of_mode text, kind text, value text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
RETURN hashtextextended(((((((of_merchant || ' '::text) || of_mode) || ' '::text) || kind) || ' '::text) || value), (0)::bigint)
;

CREATE OR REPLACE FUNCTION public.give_use_back()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update payment_links l set uses_taken = l.uses_taken - 1
  where l.merchant_id = old.merchant_id and l.mode = old.mode and l.id = old.payment_link_id and l.uses is not null
    and not exists (select from orders o where o.merchant_id = old.merchant_id and o.mode = old.mode and o.id = old.order_id and o.status = 'paid');
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.guard_sends()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '1500ms'
AS $function$
begin
  if exists (select from restores where finished_at is null) then
    alter table payments enable trigger payments_taken_in_restore, enable trigger payments_confirmed_in_restore;
    alter table attempts enable trigger attempts_inserted_in_restore, enable trigger attempts_sent_in_restore;
  else
    alter table payments disable trigger payments_taken_in_restore, disable trigger payments_confirmed_in_restore;
    alter table attempts disable trigger attempts_inserted_in_restore, disable trigger attempts_sent_in_restore;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.is_archived()
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(current_setting('tillway.archived', true) = 'acknowledged', false) $function$
;

CREATE OR REPLACE FUNCTION public.keys_in_force(of_merchant text, of_mode text, at timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  perform from merchants where id = of_merchant for no key update;
  return (select count(*) from api_keys
    where merchant_id = of_merchant and mode = of_mode and revoked_at is null and (expires_at is null or expires_at > at));
end $function$
;

CREATE OR REPLACE FUNCTION public.ms_of(at timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$ select round(extract(epoch from at) * 1000)::bigint $function$
;

CREATE OR REPLACE FUNCTION public.new_action_id(at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
AS $function$
  select 'act_' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (case
    when n < 10 then ((extract(epoch from at) * 1000)::bigint >> (5 * (9 - n))) & 31
    else get_byte(sha256(uuid_send(r.u)), n) & 31 end)::int, 1), '' order by n)
  from (select gen_random_uuid() as u) r, generate_series(0, 25) n
$function$
;

CREATE OR REPLACE FUNCTION public.note_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.note_person()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION public.purged_before()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(to_timestamp(nullif(current_setting('tillway.purged_before', true), '')::float8 / 1000), '-infinity') $function$
;

CREATE OR REPLACE FUNCTION public.refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '%', tg_argv[0] using errcode = 'restrict_violation', constraint = tg_name, table = tg_table_name;
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_sends()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'this database was restored: no money moves before every gateway was swept' using errcode = 'TW001';
end $function$
;

CREATE OR REPLACE FUNCTION public.shown_of(given jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE STRICT
AS $function$
  select coalesce(jsonb_object_agg(key, case
    when jsonb_typeof(value) = 'string' and length(value #>> '{}') > 1000
    then to_jsonb('sha256:' || encode(sha256(convert_to(value #>> '{}', 'UTF8')), 'hex')) else value end), '{}'::jsonb)
  from jsonb_each(given) where jsonb_typeof(value) <> 'null'
$function$
;

CREATE OR REPLACE FUNCTION public.take_use()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update payment_links l set uses_taken = l.uses_taken + 1
  where l.merchant_id = new.merchant_id and l.mode = new.mode and l.id = new.payment_link_id and l.uses is not null
    and not exists (select from orders o where o.merchant_id = new.merchant_id and o.mode = new.mode and o.id = new.order_id and o.status = 'paid');
  return null;
end $function$
;

create table admin_actions (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  at timestamp(3) with time zone not null,
  actor_kind text not null,
  actor_id text collate "C",
  actor_label text,
  request_id text collate "C",
  action text not null,
  subject text collate "C" not null,
  before json,
  after json,
  committed xid8 not null default pg_current_xact_id(),
  constraint admin_actions_action_check CHECK (((length(action) >= 3) AND (length(action) <= 64))),
  constraint admin_actions_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['person'::text, 'key'::text, 'operator'::text, 'cli'::text, 'system'::text]))),
  constraint admin_actions_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text, ''::text]))),
  constraint admin_actions_pkey PRIMARY KEY (id)
);
CREATE INDEX admin_actions_committed ON public.admin_actions USING btree (merchant_id, committed, id);
CREATE INDEX admin_actions_of_merchant ON public.admin_actions USING btree (merchant_id, id);
CREATE INDEX admin_actions_subject ON public.admin_actions USING btree (merchant_id, subject, id);
CREATE TRIGGER admin_actions_append_only BEFORE DELETE OR UPDATE ON public.admin_actions FOR EACH ROW EXECUTE FUNCTION refuse('admin actions are append-only');
CREATE TRIGGER admin_actions_not_emptied BEFORE TRUNCATE ON public.admin_actions FOR EACH STATEMENT EXECUTE FUNCTION refuse('admin actions are append-only');

create table analytics (
  merchant_id text collate "C" not null,
  mode text not null,
  what text collate "C" not null,
  at timestamp(3) with time zone not null,
  currency text collate "C" not null,
  connector text collate "C" not null,
  account_id text collate "C" not null,
  method text collate "C" not null,
  outcome text collate "C" not null,
  reason text collate "C" not null,
  count bigint not null,
  amount bigint not null,
  constraint analytics_what_check CHECK ((what = ANY (ARRAY['payment'::text, 'attempt'::text, 'latency'::text, 'captured'::text, 'refunded'::text, 'webhook'::text]))),
  constraint analytics_pkey PRIMARY KEY (merchant_id, mode, what, at, currency, connector, account_id, method, outcome, reason)
);

create table analytics_marks (
  merchant_id text collate "C" not null,
  mode text not null,
  turn_at timestamp(3) with time zone not null,
  version integer not null,
  committed xid8 not null,
  event_id text collate "C" not null,
  delivery_committed xid8 not null,
  delivery_id text collate "C" not null,
  up_to timestamp(3) with time zone,
  constraint analytics_marks_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint analytics_marks_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint analytics_marks_pkey PRIMARY KEY (merchant_id, mode)
);
CREATE INDEX analytics_marks_turn ON public.analytics_marks USING btree (turn_at);

create table analytics_owed (
  merchant_id text collate "C" not null,
  mode text not null,
  delivery_id text collate "C" not null,
  looked_at timestamp(3) with time zone not null,
  constraint analytics_owed_pkey PRIMARY KEY (merchant_id, mode, delivery_id)
);
CREATE INDEX analytics_owed_looked ON public.analytics_owed USING btree (merchant_id, mode, looked_at);

create table api_keys (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  key text collate "C" not null,
  secret_hash text not null,
  scopes text[] not null,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone,
  revoked_at timestamp(3) with time zone,
  name text not null default 'Default'::text,
  last_used_at timestamp(3) with time zone,
  rate_limit_per_second integer,
  api_version text not null default '2026-11-27'::text,
  constraint api_keys_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint api_keys_rate_limit_per_second_check CHECK (((rate_limit_per_second >= 1) AND (rate_limit_per_second <= 100000))),
  constraint api_keys_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint api_keys_pkey PRIMARY KEY (merchant_id, mode, id),
  constraint api_keys_key UNIQUE (key)
);
CREATE TRIGGER api_keys_noted AFTER INSERT OR DELETE OR UPDATE OF name, scopes, rate_limit_per_second, api_version, expires_at, revoked_at ON public.api_keys FOR EACH ROW EXECUTE FUNCTION note_change('api_key', 'secret_hash,last_used_at');

create table attempts (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  subject text collate "C" not null,
  refund_id text collate "C",
  operation text not null,
  n integer not null,
  connector text not null,
  account_id text collate "C" not null,
  gateway_key text collate "C" not null,
  status text not null,
  amount bigint not null,
  currency text not null,
  gateway_reference text collate "C",
  parent_reference text collate "C",
  error json,
  routing json not null,
  first_sent_at timestamp(3) with time zone,
  last_sent_at timestamp(3) with time zone,
  sends integer not null,
  questions integer not null,
  not_found integer not null,
  stored_error boolean not null,
  created_at timestamp(3) with time zone not null,
  closed_at timestamp(3) with time zone,
  late_status text,
  late_reference text collate "C",
  late_at timestamp(3) with time zone,
  constraint attempts_amount_check CHECK (((amount >= 0) AND (amount <= '999999999999'::bigint))),
  constraint attempts_currency_check CHECK ((length(currency) = 3)),
  constraint attempts_n_check CHECK ((n >= 1)),
  constraint attempts_not_found_check CHECK ((not_found >= 0)),
  constraint attempts_operation_check CHECK ((operation = ANY (ARRAY['charge'::text, 'capture'::text, 'void'::text, 'refund'::text]))),
  constraint attempts_questions_check CHECK ((questions >= 0)),
  constraint attempts_sends_check CHECK ((sends >= 0)),
  constraint attempts_status CHECK ((status = ANY (ARRAY['queued'::text, 'calling'::text, 'requires_action'::text, 'pending'::text, 'authorized'::text, 'succeeded'::text, 'declined'::text, 'rejected'::text, 'not_sent'::text, 'canceled'::text, 'unknown'::text]))),
  constraint attempts_payment FOREIGN KEY (merchant_id, mode, payment_id) REFERENCES payments(merchant_id, mode, id),
  constraint attempts_pkey PRIMARY KEY (id, merchant_id, mode),
  constraint attempts_gateway_key UNIQUE (gateway_key),
  constraint attempts_once UNIQUE (payment_id, operation, n, merchant_id, mode)
) with (fillfactor=80);
CREATE INDEX attempts_reference ON public.attempts USING btree (account_id, gateway_reference) WHERE (gateway_reference IS NOT NULL);
CREATE UNIQUE INDEX attempts_one_charge ON public.attempts USING btree (payment_id, merchant_id, mode) WHERE ((operation = 'charge'::text) AND (status <> ALL (ARRAY['declined'::text, 'rejected'::text, 'not_sent'::text, 'canceled'::text])));
CREATE UNIQUE INDEX attempts_one_open ON public.attempts USING btree (merchant_id, mode, subject) WHERE (status = ANY (ARRAY['queued'::text, 'calling'::text, 'requires_action'::text, 'pending'::text, 'unknown'::text]));
CREATE TRIGGER attempts_closed BEFORE UPDATE ON public.attempts FOR EACH ROW WHEN (((old.status = ANY (ARRAY['authorized'::text, 'succeeded'::text, 'declined'::text, 'rejected'::text, 'not_sent'::text, 'canceled'::text])) AND (((((((((((((((((((((((old.status IS DISTINCT FROM new.status) OR (old.payment_id IS DISTINCT FROM new.payment_id)) OR (old.subject IS DISTINCT FROM new.subject)) OR (old.refund_id IS DISTINCT FROM new.refund_id)) OR (old.operation IS DISTINCT FROM new.operation)) OR (old.n IS DISTINCT FROM new.n)) OR (old.connector IS DISTINCT FROM new.connector)) OR (old.account_id IS DISTINCT FROM new.account_id)) OR (old.gateway_key IS DISTINCT FROM new.gateway_key)) OR (old.amount IS DISTINCT FROM new.amount)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.gateway_reference IS DISTINCT FROM new.gateway_reference)) OR (old.parent_reference IS DISTINCT FROM new.parent_reference)) OR ((old.error)::text IS DISTINCT FROM (new.error)::text)) OR ((old.routing)::text IS DISTINCT FROM (new.routing)::text)) OR (old.first_sent_at IS DISTINCT FROM new.first_sent_at)) OR (old.last_sent_at IS DISTINCT FROM new.last_sent_at)) OR (old.sends IS DISTINCT FROM new.sends)) OR (old.questions IS DISTINCT FROM new.questions)) OR (old.not_found IS DISTINCT FROM new.not_found)) OR (old.stored_error IS DISTINCT FROM new.stored_error)) OR (old.created_at IS DISTINCT FROM new.created_at)) OR (old.closed_at IS DISTINCT FROM new.closed_at)))) EXECUTE FUNCTION refuse('a closed attempt does not change: later truth belongs into its late columns');
CREATE TRIGGER attempts_inserted_in_restore BEFORE INSERT ON public.attempts FOR EACH ROW WHEN ((new.sends > 0)) EXECUTE FUNCTION refuse_sends();
CREATE TRIGGER attempts_sent_in_restore BEFORE UPDATE OF sends ON public.attempts FOR EACH ROW WHEN ((new.sends > old.sends)) EXECUTE FUNCTION refuse_sends();

create table captured_emails (
  merchant_id text collate "C" not null,
  mode text not null,
  delivery_id text collate "C" not null,
  sender text not null,
  recipient text not null,
  reply_to text,
  subject text not null,
  body_text text not null,
  body_html text not null,
  captured_at timestamp(3) with time zone not null,
  constraint captured_emails_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint captured_emails_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint captured_emails_pkey PRIMARY KEY (merchant_id, mode, delivery_id)
);

create table cases (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  kind text not null,
  subject text collate "C" not null,
  payment_id text collate "C",
  status text not null,
  summary text not null,
  evidence json not null,
  opened_at timestamp(3) with time zone not null,
  resolved_at timestamp(3) with time zone,
  resolved_by text,
  resolution text,
  resolved_by_name text,
  committed xid8 not null default pg_current_xact_id(),
  quiet_until timestamp(3) with time zone,
  constraint cases_kind_check CHECK ((kind = ANY (ARRAY['unknown_outcome'::text, 'mismatched_answer'::text, 'late_truth'::text, 'refund_contradicted'::text, 'overdue'::text, 'hold_not_released'::text, 'dead_job'::text, 'malformed_message'::text, 'unmatched_gateway_event'::text, 'unknown_charge'::text, 'missing_charge'::text, 'broken_invariant'::text]))),
  constraint cases_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint cases_person_says_why CHECK ((((NOT (resolved_by IS DISTINCT FROM 'person'::text)) = (resolution IS NOT NULL)) AND ((resolution IS NULL) = (resolved_by_name IS NULL)))),
  constraint cases_resolved_by_check CHECK ((resolved_by = ANY (ARRAY['answer'::text, 'person'::text]))),
  constraint cases_resolved_whole CHECK ((((status = 'resolved'::text) = (resolved_at IS NOT NULL)) AND ((status = 'resolved'::text) = (resolved_by IS NOT NULL)))),
  constraint cases_status CHECK ((status = ANY (ARRAY['open'::text, 'resolved'::text]))),
  constraint cases_pkey PRIMARY KEY (merchant_id, mode, id)
);
CREATE INDEX cases_all_of_payment ON public.cases USING btree (payment_id, merchant_id, mode) WHERE (payment_id IS NOT NULL);
CREATE INDEX cases_committed ON public.cases USING btree (((merchant_id || mode)), committed, id);
CREATE INDEX cases_found ON public.cases USING btree (subject, kind, merchant_id, mode) WHERE (kind = ANY (ARRAY['unknown_charge'::text, 'missing_charge'::text, 'broken_invariant'::text]));
CREATE INDEX cases_newest ON public.cases USING btree (id);
CREATE INDEX cases_of_payment ON public.cases USING btree (payment_id, merchant_id, mode) WHERE (resolved_by IS DISTINCT FROM 'answer'::text);
CREATE INDEX cases_open ON public.cases USING btree (merchant_id, mode, id) WHERE (status = 'open'::text);
CREATE INDEX cases_quiet ON public.cases USING btree (subject, kind, merchant_id, mode) WHERE (quiet_until IS NOT NULL);
CREATE UNIQUE INDEX cases_one_open ON public.cases USING btree (subject, kind, merchant_id, mode) WHERE (status = 'open'::text);

create table checkout_sessions (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  order_id text collate "C" not null,
  methods json,
  return_url text,
  cancel_url text,
  locale text,
  expires_at timestamp(3) with time zone not null,
  canceled_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null,
  customer json,
  constraint checkout_sessions_cancel_url_check CHECK ((length(cancel_url) <= 2048)),
  constraint checkout_sessions_customer_size CHECK ((length((customer)::text) <= 65536)),
  constraint checkout_sessions_locale_check CHECK ((length(locale) <= 35)),
  constraint checkout_sessions_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint checkout_sessions_return_url_check CHECK ((length(return_url) <= 2048)),
  constraint checkout_sessions_merchant_id_mode_order_id_fkey FOREIGN KEY (merchant_id, mode, order_id) REFERENCES orders(merchant_id, mode, id),
  constraint checkout_sessions_pkey PRIMARY KEY (merchant_id, mode, id)
);
CREATE UNIQUE INDEX checkout_sessions_id ON public.checkout_sessions USING btree (id);

create table checkout_settings (
  merchant_id text collate "C" not null,
  mode text not null,
  name text,
  color text,
  logo text,
  origins json not null,
  updated_at timestamp(3) with time zone not null,
  constraint checkout_settings_color_check CHECK ((color ~ '^#[0-9a-f]{6}$'::text)),
  constraint checkout_settings_logo_check CHECK ((length(logo) <= 50000)),
  constraint checkout_settings_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint checkout_settings_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint checkout_settings_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint checkout_settings_pkey PRIMARY KEY (merchant_id, mode)
);
CREATE TRIGGER checkout_settings_noted AFTER INSERT OR DELETE OR UPDATE ON public.checkout_settings FOR EACH ROW EXECUTE FUNCTION note_change('checkout_settings', 'updated_at');

create table connector_accounts (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  connector text not null,
  priority integer not null,
  status text not null,
  credentials_sealed text not null,
  created_at timestamp(3) with time zone not null,
  name text not null default 'Default'::text,
  credentials_set_at json not null default '{}'::json,
  previous_secret_until timestamp(3) with time zone,
  verified_at timestamp(3) with time zone,
  closed_at timestamp(3) with time zone,
  version integer not null default 1,
  constraint connector_accounts_closed CHECK (((closed_at IS NULL) OR (status = 'disabled'::text))),
  constraint connector_accounts_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint connector_accounts_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint connector_accounts_status_check CHECK ((status = ANY (ARRAY['enabled'::text, 'disabled'::text]))),
  constraint connector_accounts_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint connector_accounts_pkey PRIMARY KEY (merchant_id, mode, id),
  constraint connector_accounts_id UNIQUE (id)
);
CREATE TRIGGER connector_accounts_noted AFTER INSERT OR DELETE OR UPDATE ON public.connector_accounts FOR EACH ROW EXECUTE FUNCTION note_change('connector_account', 'credentials_sealed,version');

create table database_identity (
  id text collate "C" not null,
  system_identifier text collate "C" not null,
  timeline text collate "C" not null,
  constraint database_identity_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX database_identity_one ON public.database_identity USING btree ((true));

create table dead_messages (
  id text collate "C" not null,
  engine text not null,
  place text not null,
  partition integer,
  position text not null,
  digest text not null,
  reason text not null,
  value text,
  bytes bigint not null,
  headers json not null,
  job_id text collate "C",
  found_at timestamp(3) with time zone not null,
  status text not null,
  handled_at timestamp(3) with time zone,
  handled_by text,
  handled_reason text,
  committed xid8 not null default pg_current_xact_id(),
  constraint dead_messages_check CHECK (((status = 'open'::text) = (handled_at IS NULL))),
  constraint dead_messages_engine_check CHECK ((engine = ANY (ARRAY['redis'::text, 'kafka'::text]))),
  constraint dead_messages_place_check CHECK ((length(place) <= 300)),
  constraint dead_messages_position_check CHECK ((length("position") <= 300)),
  constraint dead_messages_reason_check CHECK ((length(reason) <= 1000)),
  constraint dead_messages_status_check CHECK ((status = ANY (ARRAY['open'::text, 'replayed'::text, 'discarded'::text]))),
  constraint dead_messages_value_check CHECK ((length(value) <= 10000)),
  constraint dead_messages_pkey PRIMARY KEY (id),
  constraint dead_messages_once UNIQUE NULLS NOT DISTINCT (engine, place, partition, "position", digest)
);
CREATE INDEX dead_messages_open ON public.dead_messages USING btree (id) WHERE (status = 'open'::text);

create table deliveries (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  channel text not null,
  event_id text collate "C" not null,
  payment_id text collate "C",
  endpoint_id text collate "C" not null,
  status text not null,
  tries integer not null,
  schedule_start integer not null,
  next_try_at timestamp(3) with time zone,
  last_status_code integer,
  created_at timestamp(3) with time zone not null,
  finished_at timestamp(3) with time zone,
  listed_status text generated always as (
CASE
    WHEN (status = ANY (ARRAY['failed'::text, 'canceled'::text])) THEN status
    ELSE NULL::text
END) stored,
  event_type text not null,
  committed xid8 not null default pg_current_xact_id(),
  by_hand json,
  constraint deliveries_channel_check CHECK ((channel = ANY (ARRAY['webhook'::text, 'email'::text]))),
  constraint deliveries_check CHECK (((schedule_start >= 0) AND (schedule_start <= tries))),
  constraint deliveries_status CHECK ((status = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text]))),
  constraint deliveries_tries_check CHECK ((tries >= 0)),
  constraint deliveries_event FOREIGN KEY (event_id, merchant_id, mode) REFERENCES events(id, merchant_id, mode),
  constraint deliveries_pkey PRIMARY KEY (merchant_id, mode, id),
  constraint deliveries_once UNIQUE (event_id, endpoint_id, merchant_id, mode)
) with (fillfactor=80);
CREATE INDEX deliveries_committed ON public.deliveries USING btree (((merchant_id || mode)), committed, id);
CREATE INDEX deliveries_endpoint ON public.deliveries USING btree (endpoint_id, merchant_id, mode, id);
CREATE INDEX deliveries_listed ON public.deliveries USING btree (((merchant_id || mode)), listed_status, committed, id) WHERE (listed_status IS NOT NULL);
CREATE INDEX deliveries_type ON public.deliveries USING btree (merchant_id, mode, event_type, id) WHERE (event_type <> 'payment.succeeded'::text);

create table delivery_tries (
  merchant_id text collate "C" not null,
  mode text not null,
  delivery_id text collate "C" not null,
  n integer not null,
  at timestamp(3) with time zone not null,
  duration_ms bigint not null,
  status_code integer,
  response text,
  error text,
  url text,
  header_names text,
  constraint delivery_tries_n_check CHECK ((n >= 1)),
  constraint delivery_tries_delivery FOREIGN KEY (merchant_id, mode, delivery_id) REFERENCES deliveries(merchant_id, mode, id),
  constraint delivery_tries_pkey PRIMARY KEY (delivery_id, n, merchant_id, mode)
);
CREATE TRIGGER delivery_tries_append_only BEFORE UPDATE ON public.delivery_tries FOR EACH ROW EXECUTE FUNCTION refuse('delivery tries are append-only');
CREATE TRIGGER delivery_tries_kept BEFORE DELETE ON public.delivery_tries FOR EACH ROW WHEN ((old.at >= LEAST(purged_before(), (clock_timestamp() - '1 day'::interval)))) EXECUTE FUNCTION refuse('delivery tries are append-only: only the clean-up removes them, and only old ones');
CREATE TRIGGER delivery_tries_not_emptied BEFORE TRUNCATE ON public.delivery_tries FOR EACH STATEMENT EXECUTE FUNCTION refuse('delivery tries are append-only');

create table email_settings (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  enabled boolean not null,
  from_name text,
  reply_to text,
  line text,
  events text[] not null,
  locale text not null,
  updated_at timestamp(3) with time zone not null,
  constraint email_settings_events_check CHECK ((cardinality(events) > 0)),
  constraint email_settings_from_name_check CHECK (((length(from_name) >= 1) AND (length(from_name) <= 100))),
  constraint email_settings_line_check CHECK (((length(line) >= 1) AND (length(line) <= 500))),
  constraint email_settings_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint email_settings_reply_to_check CHECK (((length(reply_to) >= 3) AND (length(reply_to) <= 254))),
  constraint email_settings_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint email_settings_pkey PRIMARY KEY (merchant_id, mode),
  constraint email_settings_id_key UNIQUE (id)
);
CREATE TRIGGER email_settings_noted AFTER INSERT OR DELETE OR UPDATE ON public.email_settings FOR EACH ROW EXECUTE FUNCTION note_change('email_settings', 'updated_at');

create table events (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C",
  sequence integer not null,
  type text not null,
  closes text collate "C",
  body text not null,
  created_at timestamp(3) with time zone not null,
  committed xid8 not null default pg_current_xact_id(),
  listed_type text collate "C" generated always as (
CASE
    WHEN (type <> ALL (ARRAY['payment.created'::text, 'payment.pending'::text, 'payment.succeeded'::text, 'payment.authorized'::text])) THEN type
    ELSE NULL::text
END) stored,
  api_version text not null default '2026-11-27'::text,
  constraint events_body_check CHECK ((length(body) <= 1048576)),
  constraint events_sequence_check CHECK ((sequence >= 1)),
  constraint events_type_check CHECK ((length(type) <= 64)),
  constraint events_payment FOREIGN KEY (merchant_id, mode, payment_id) REFERENCES payments(merchant_id, mode, id),
  constraint events_pkey PRIMARY KEY (id, merchant_id, mode),
  constraint events_once UNIQUE (payment_id, sequence, merchant_id, mode)
);
CREATE INDEX events_committed ON public.events USING btree (((merchant_id || mode)), committed, id);
CREATE INDEX events_listed ON public.events USING btree (((merchant_id || mode)), listed_type, committed, id) WHERE (listed_type IS NOT NULL);
CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION refuse('events are append-only');
CREATE TRIGGER events_not_emptied BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION refuse('events are append-only');

create table exchanges (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C",
  attempt_id text collate "C",
  kind text not null,
  method text not null,
  url text not null,
  request text,
  status integer,
  response text,
  result text not null,
  started_at timestamp(3) with time zone not null,
  duration_ms bigint not null,
  constraint exchanges_kind_check CHECK ((kind = ANY (ARRAY['send'::text, 'resend'::text, 'question'::text, 'cancel'::text, 'webhook'::text, 'sweep'::text]))),
  constraint exchanges_attempt FOREIGN KEY (attempt_id, merchant_id, mode) REFERENCES attempts(id, merchant_id, mode),
  constraint exchanges_pkey PRIMARY KEY (id, merchant_id, mode)
);
CREATE INDEX exchanges_attempt ON public.exchanges USING btree (attempt_id, merchant_id, mode);
CREATE TRIGGER exchanges_append_only BEFORE UPDATE ON public.exchanges FOR EACH ROW EXECUTE FUNCTION refuse('exchanges are append-only');
CREATE TRIGGER exchanges_kept BEFORE DELETE ON public.exchanges FOR EACH ROW WHEN (((old.started_at >= LEAST(purged_before(), (clock_timestamp() - '1 day'::interval))) AND (NOT is_archived()))) EXECUTE FUNCTION refuse('exchanges are append-only: only the clean-up removes them, and only old ones');
CREATE TRIGGER exchanges_not_emptied BEFORE TRUNCATE ON public.exchanges FOR EACH STATEMENT EXECUTE FUNCTION refuse('exchanges are append-only');

create table find_marks (
  merchant_id text collate "C" not null,
  mode text not null,
  committed xid8 not null,
  event_id text collate "C" not null,
  constraint find_marks_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint find_marks_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint find_marks_pkey PRIMARY KEY (merchant_id, mode)
);

create table idempotency (
  merchant_id text collate "C" not null,
  mode text not null,
  audience text collate "C" not null,
  key text collate "C" not null,
  request_hash text not null,
  request_id text not null,
  creates boolean not null,
  subject text collate "C",
  status integer,
  answer_event text collate "C",
  answer_closes text collate "C",
  answer_body text,
  created_at timestamp(3) with time zone not null,
  api_version text not null default '2026-11-27'::text,
  constraint idempotency_audience_check CHECK ((audience = ANY (ARRAY['merchant'::text, 'checkout'::text, 'operator'::text, 'person'::text]))),
  constraint idempotency_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
  constraint idempotency_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint idempotency_pkey PRIMARY KEY (merchant_id, mode, audience, key)
);
CREATE INDEX idempotency_purge ON public.idempotency USING btree (created_at) WHERE (NOT creates);

create table inbox (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  connector text not null,
  account_id text collate "C" not null,
  gateway_event_id text collate "C" not null,
  body text not null,
  status text not null,
  attempt_id text collate "C",
  received_at timestamp(3) with time zone not null,
  handled_at timestamp(3) with time zone,
  constraint inbox_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint inbox_status CHECK ((status = ANY (ARRAY['received'::text, 'applied'::text, 'ignored'::text, 'unmatched'::text]))),
  constraint inbox_pkey PRIMARY KEY (id, merchant_id, mode),
  constraint inbox_once UNIQUE (account_id, gateway_event_id)
);

create table invariant_breaks (
  merchant_id text collate "C" not null,
  mode text not null,
  invariant text collate "C" not null,
  payment_id text collate "C" not null,
  rows text[] not null,
  found_at timestamp(3) with time zone not null,
  constraint invariant_breaks_invariant_check CHECK ((length(invariant) <= 64)),
  constraint invariant_breaks_merchant_id_mode_fkey FOREIGN KEY (merchant_id, mode) REFERENCES invariant_checks(merchant_id, mode),
  constraint invariant_breaks_pkey PRIMARY KEY (merchant_id, mode, invariant, payment_id)
);

create table invariant_checks (
  merchant_id text collate "C" not null,
  mode text not null,
  turn_at timestamp(3) with time zone not null,
  version integer not null,
  committed xid8 not null,
  event_id text collate "C" not null,
  checked_up_to timestamp(3) with time zone,
  last_run_at timestamp(3) with time zone,
  took_ms bigint not null,
  payments bigint not null,
  attempts bigint not null,
  refunds bigint not null,
  events bigint not null,
  deliveries bigint not null,
  walk_id text collate "C" not null,
  walk_from timestamp(3) with time zone,
  walk_at timestamp(3) with time zone,
  walk_started_at timestamp(3) with time zone,
  walk_finished_at timestamp(3) with time zone,
  constraint invariant_checks_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint invariant_checks_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint invariant_checks_pkey PRIMARY KEY (merchant_id, mode)
);
CREATE INDEX invariant_checks_turn ON public.invariant_checks USING btree (turn_at);

create table invitations (
  id text collate "C" not null,
  merchant_id text collate "C" not null,
  email text not null,
  role text not null,
  is_operator boolean not null,
  invited_by text,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  revoked_at timestamp(3) with time zone,
  constraint invitations_email_check CHECK (((length(email) >= 3) AND (length(email) <= 254))),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'developer'::text, 'support'::text, 'read_only'::text]))),
  constraint invitations_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint invitations_pkey PRIMARY KEY (id)
);
CREATE INDEX invitations_of_merchant ON public.invitations USING btree (merchant_id, id) WHERE ((used_at IS NULL) AND (revoked_at IS NULL));
CREATE TRIGGER invitations_noted AFTER INSERT OR UPDATE ON public.invitations FOR EACH ROW EXECUTE FUNCTION note_change('invitation', '');

create table jobs (
  id text collate "C" not null,
  merchant_id text collate "C" not null,
  mode text not null,
  queue text collate "C" not null,
  kind text not null,
  subject text collate "C" not null,
  attempt_id text collate "C",
  lane text collate "C" not null,
  run_at timestamp(3) with time zone not null,
  tries integer not null,
  lease_token text collate "C",
  hinted_until timestamp(3) with time zone,
  deadline_at timestamp(3) with time zone,
  traceparent text,
  created_at timestamp(3) with time zone not null,
  constraint jobs_kind_check CHECK ((kind = ANY (ARRAY['charge'::text, 'capture'::text, 'void'::text, 'refund'::text, 'ask'::text, 'expire'::text, 'gateway-event'::text, 'webhook'::text, 'email'::text, 'sweep'::text, 'person-email'::text]))),
  constraint jobs_lane_check CHECK ((lane <> ''::text)),
  constraint jobs_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint jobs_queue_check CHECK ((queue = ANY (ARRAY['payment-queue'::text, 'refund-queue'::text, 'webhook-queue'::text]))),
  constraint jobs_tries_check CHECK ((tries >= 0)),
  constraint jobs_pkey PRIMARY KEY (id, merchant_id, mode)
) with (autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_threshold=500);
CREATE INDEX jobs_deadline ON public.jobs USING btree (deadline_at) WHERE (deadline_at IS NOT NULL);
CREATE INDEX jobs_due ON public.jobs USING btree (queue, lane, run_at);

create table leases (
  name text collate "C" not null,
  token text collate "C" not null,
  until timestamp(3) with time zone not null,
  constraint leases_pkey PRIMARY KEY (name)
);

create table live_payments (
  merchant_id text collate "C" not null,
  mode text not null,
  order_id text collate "C" not null,
  payment_id text collate "C" not null,
  payment_link_id text collate "C",
  constraint live_payments_payment FOREIGN KEY (merchant_id, mode, payment_id) REFERENCES payments(merchant_id, mode, id),
  constraint live_payments_pkey PRIMARY KEY (merchant_id, mode, order_id)
);
CREATE TRIGGER live_payments_give_use_back AFTER DELETE ON public.live_payments FOR EACH ROW WHEN ((old.payment_link_id IS NOT NULL)) EXECUTE FUNCTION give_use_back();
CREATE TRIGGER live_payments_take_use AFTER INSERT ON public.live_payments FOR EACH ROW WHEN ((new.payment_link_id IS NOT NULL)) EXECUTE FUNCTION take_use();

create table memberships (
  merchant_id text collate "C" not null,
  person_id text collate "C" not null,
  role text not null,
  since timestamp(3) with time zone not null,
  last_seen_at timestamp(3) with time zone,
  id text collate "C" not null generated always as (person_id) stored,
  constraint memberships_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'developer'::text, 'support'::text, 'read_only'::text]))),
  constraint memberships_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint memberships_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id),
  constraint memberships_pkey PRIMARY KEY (merchant_id, person_id)
);
CREATE INDEX memberships_of_person ON public.memberships USING btree (person_id);
CREATE TRIGGER memberships_noted AFTER INSERT OR DELETE OR UPDATE OF role ON public.memberships FOR EACH ROW EXECUTE FUNCTION note_change('member', 'last_seen_at,person_id');

create table merchants (
  id text collate "C" not null,
  name text not null,
  email text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  committed xid8 not null default pg_current_xact_id(),
  time_zone text collate "C" not null default 'UTC'::text,
  refund_limits json not null default '{}'::json,
  constraint merchants_email_check CHECK (((length(email) >= 3) AND (length(email) <= 320))),
  constraint merchants_name_check CHECK (((length(name) >= 1) AND (length(name) <= 255))),
  constraint merchants_refund_limits_check CHECK ((length((refund_limits)::text) <= 2000)),
  constraint merchants_time_zone_check CHECK (((length(time_zone) >= 1) AND (length(time_zone) <= 64))),
  constraint merchants_pkey PRIMARY KEY (id)
);
CREATE INDEX merchants_committed ON public.merchants USING btree (committed, id);
CREATE UNIQUE INDEX merchants_email ON public.merchants USING btree (lower(email));
CREATE TRIGGER merchants_noted AFTER INSERT OR DELETE OR UPDATE ON public.merchants FOR EACH ROW EXECUTE FUNCTION note_change('merchant', 'committed');

create table migrations (
  id integer not null,
  name text not null,
  why text not null,
  applied_at timestamp(3) with time zone not null,
  oldest_program integer,
  constraint migrations_pkey PRIMARY KEY (id)
);

create table operator_alarm (
  one boolean not null default true,
  committed xid8 not null,
  next_at timestamp(3) with time zone not null,
  constraint operator_alarm_one_check CHECK (one),
  constraint operator_alarm_pkey PRIMARY KEY (one)
);

create table orders (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  status text not null,
  amount bigint not null,
  currency text not null,
  amount_paid bigint not null,
  receipt text,
  notes json not null,
  request_id text not null,
  created_at timestamp(3) with time zone not null,
  committed xid8 not null default pg_current_xact_id(),
  payment_link_id text collate "C",
  constraint orders_amount_check CHECK (((amount >= 1) AND (amount <= '999999999999'::bigint))),
  constraint orders_currency_check CHECK ((length(currency) = 3)),
  constraint orders_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint orders_notes_check CHECK ((length((notes)::text) <= 65536)),
  constraint orders_paid_is_paid CHECK (((status = 'paid'::text) = (amount_paid > 0))),
  constraint orders_paid_within_amount CHECK (((amount_paid >= 0) AND (amount_paid <= amount))),
  constraint orders_receipt_check CHECK (((length(receipt) >= 1) AND (length(receipt) <= 64))),
  constraint orders_status CHECK ((status = ANY (ARRAY['created'::text, 'attempted'::text, 'paid'::text]))),
  constraint orders_payment_link FOREIGN KEY (merchant_id, mode, payment_link_id) REFERENCES payment_links(merchant_id, mode, id),
  constraint orders_pkey PRIMARY KEY (merchant_id, mode, id)
);
CREATE INDEX orders_by_payment_link ON public.orders USING btree (((merchant_id || mode)), payment_link_id, committed, id) WHERE (payment_link_id IS NOT NULL);
CREATE INDEX orders_by_status ON public.orders USING btree (((merchant_id || mode)), status, committed, id);
CREATE INDEX orders_committed ON public.orders USING btree (((merchant_id || mode)), committed, id);
CREATE INDEX orders_paid_by_link ON public.orders USING btree (payment_link_id) WHERE ((status = 'paid'::text) AND (payment_link_id IS NOT NULL));
CREATE INDEX orders_receipt ON public.orders USING btree (receipt, merchant_id, mode) WHERE (receipt IS NOT NULL);
CREATE TRIGGER orders_paid BEFORE UPDATE ON public.orders FOR EACH ROW WHEN (((old.status = 'paid'::text) AND (new.status <> old.status))) EXECUTE FUNCTION refuse('a paid order stays paid');

create table password_resets (
  id text collate "C" not null,
  person_id text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  used_at timestamp(3) with time zone,
  constraint password_resets_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id),
  constraint password_resets_pkey PRIMARY KEY (id)
);
CREATE INDEX password_resets_of_person ON public.password_resets USING btree (person_id);

create table payment_finds (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  version integer not null,
  scope bigint not null,
  amount bigint not null,
  currency bigint not null,
  method bigint,
  email bigint,
  last4 bigint,
  account bigint,
  constraint payment_finds_pkey PRIMARY KEY (id, merchant_id, mode)
) with (fillfactor=90);
CREATE INDEX payment_finds_account ON public.payment_finds USING btree (account, id) WHERE (account IS NOT NULL);
CREATE INDEX payment_finds_amount ON public.payment_finds USING btree (scope, amount, id);
CREATE INDEX payment_finds_currency ON public.payment_finds USING btree (currency, id);
CREATE INDEX payment_finds_email ON public.payment_finds USING btree (email, id) WHERE (email IS NOT NULL);
CREATE INDEX payment_finds_last4 ON public.payment_finds USING btree (last4, id) WHERE (last4 IS NOT NULL);
CREATE INDEX payment_finds_method ON public.payment_finds USING btree (method, id) WHERE (method IS NOT NULL);

create table payment_links (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  token text collate "C" not null,
  amount bigint,
  currency text not null,
  min_amount bigint,
  max_amount bigint,
  suggested_amount bigint,
  description text,
  uses integer,
  methods json,
  return_url text,
  locale text,
  metadata json not null,
  expires_at timestamp(3) with time zone,
  deactivated_at timestamp(3) with time zone,
  created_at timestamp(3) with time zone not null,
  uses_taken integer not null default 0,
  committed xid8 not null default pg_current_xact_id(),
  constraint payment_links_amount CHECK (((amount IS NULL) OR ((min_amount IS NULL) AND (max_amount IS NULL) AND (suggested_amount IS NULL)))),
  constraint payment_links_amount_check CHECK (((amount >= 1) AND (amount <= '999999999999'::bigint))),
  constraint payment_links_bounds CHECK ((min_amount <= max_amount)),
  constraint payment_links_currency_check CHECK ((length(currency) = 3)),
  constraint payment_links_description_check CHECK ((length(description) <= 500)),
  constraint payment_links_locale_check CHECK ((length(locale) <= 35)),
  constraint payment_links_max_amount_check CHECK (((max_amount >= 1) AND (max_amount <= '999999999999'::bigint))),
  constraint payment_links_metadata_check CHECK ((length((metadata)::text) <= 65536)),
  constraint payment_links_min_amount_check CHECK (((min_amount >= 1) AND (min_amount <= '999999999999'::bigint))),
  constraint payment_links_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint payment_links_return_url_check CHECK ((length(return_url) <= 2048)),
  constraint payment_links_suggested_amount_check CHECK (((suggested_amount >= 1) AND (suggested_amount <= '999999999999'::bigint))),
  constraint payment_links_token_check CHECK ((length(token) = 20)),
  constraint payment_links_uses CHECK (((uses_taken >= 0) AND (uses_taken <= COALESCE(uses, uses_taken)))),
  constraint payment_links_uses_check CHECK (((uses >= 1) AND (uses <= 1000000))),
  constraint payment_links_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint payment_links_pkey PRIMARY KEY (merchant_id, mode, id)
);
CREATE INDEX payment_links_committed ON public.payment_links USING btree (((merchant_id || mode)), committed, id);
CREATE UNIQUE INDEX payment_links_token ON public.payment_links USING btree (token);
CREATE TRIGGER payment_links_noted AFTER INSERT OR DELETE OR UPDATE OF deactivated_at ON public.payment_links FOR EACH ROW EXECUTE FUNCTION note_change('payment_link', 'committed,uses_taken,token');

create table payments (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  order_id text collate "C",
  status text not null,
  version integer not null,
  attempt integer not null default 0,
  sequence integer not null,
  amount bigint not null,
  currency text not null,
  amount_authorized bigint not null default 0,
  amount_captured bigint not null default 0,
  capture_reserved bigint not null default 0,
  amount_refunded bigint not null default 0,
  refund_reserved bigint not null default 0,
  method json,
  capture_method text not null,
  description text,
  metadata json not null,
  customer json,
  return_url text,
  next_action json,
  error json,
  identity_kind text not null,
  identity text not null,
  audience text not null,
  cancel_requested_at timestamp(3) with time zone,
  lapses_at timestamp(3) with time zone,
  request_id text not null,
  created_at timestamp(3) with time zone not null,
  listed_status text generated always as (
CASE
    WHEN (status = ANY (ARRAY['created'::text, 'requires_action'::text, 'authorized'::text, 'failed'::text, 'canceled'::text])) THEN status
    ELSE NULL::text
END) stored,
  final_capture_at timestamp(3) with time zone,
  finalized_at timestamp(3) with time zone,
  committed xid8 not null default pg_current_xact_id(),
  constraint payments_amount_check CHECK (((amount >= 1) AND (amount <= '999999999999'::bigint))),
  constraint payments_amounts_not_negative CHECK (((amount_authorized >= 0) AND (amount_captured >= 0) AND (capture_reserved >= 0) AND (amount_refunded >= 0) AND (refund_reserved >= 0))),
  constraint payments_audience_check CHECK ((audience = ANY (ARRAY['merchant'::text, 'checkout'::text, 'person'::text]))),
  constraint payments_authorized_within_amount CHECK ((amount_authorized <= amount)),
  constraint payments_capture_method_check CHECK ((capture_method = ANY (ARRAY['automatic'::text, 'manual'::text]))),
  constraint payments_captured_within_authorized CHECK (((amount_captured + capture_reserved) <= amount_authorized)),
  constraint payments_currency_check CHECK ((length(currency) = 3)),
  constraint payments_description_check CHECK ((length(description) <= 5000)),
  constraint payments_identity_check CHECK (((length(identity) >= 1) AND (length(identity) <= 300))),
  constraint payments_identity_kind_check CHECK ((identity_kind = ANY (ARRAY['key'::text, 'order'::text, 'payment'::text]))),
  constraint payments_json_size CHECK (((length((metadata)::text) <= 65536) AND (length((customer)::text) <= 65536))),
  constraint payments_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint payments_order_id_check CHECK (((length(order_id) >= 1) AND (length(order_id) <= 255))),
  constraint payments_refunded_within_captured CHECK (((amount_refunded + refund_reserved) <= amount_captured)),
  constraint payments_return_url_check CHECK ((length(return_url) <= 2048)),
  constraint payments_status CHECK ((status = ANY (ARRAY['created'::text, 'pending'::text, 'processing'::text, 'requires_action'::text, 'authorized'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text]))),
  constraint payments_pkey PRIMARY KEY (merchant_id, mode, id)
) with (fillfactor=70);
CREATE INDEX payments_committed ON public.payments USING btree (((merchant_id || mode)), committed, id);
CREATE INDEX payments_listed ON public.payments USING btree (((merchant_id || mode)), listed_status, committed, id) WHERE (listed_status IS NOT NULL);
CREATE INDEX payments_order ON public.payments USING btree (order_id, merchant_id, mode) WHERE (order_id IS NOT NULL);
CREATE TRIGGER payments_confirmed_in_restore BEFORE UPDATE OF status ON public.payments FOR EACH ROW WHEN (((new.status = 'pending'::text) AND (old.status <> 'pending'::text))) EXECUTE FUNCTION refuse_sends();
CREATE TRIGGER payments_taken_in_restore BEFORE INSERT ON public.payments FOR EACH ROW WHEN ((new.status = 'pending'::text)) EXECUTE FUNCTION refuse_sends();
CREATE TRIGGER payments_terminal BEFORE UPDATE ON public.payments FOR EACH ROW WHEN (((old.status = ANY (ARRAY['succeeded'::text, 'failed'::text, 'canceled'::text])) AND (new.status <> old.status))) EXECUTE FUNCTION refuse('a payment does not leave a terminal state');

create table people (
  id text collate "C" not null,
  email text not null,
  name text not null,
  password_hash text,
  totp text,
  totp_pending text,
  totp_step bigint not null default 0,
  recovery_hashes text[] not null default '{}'::text[],
  is_operator boolean not null default false,
  created_at timestamp(3) with time zone not null,
  constraint people_email_check CHECK (((length(email) >= 3) AND (length(email) <= 254))),
  constraint people_name_check CHECK ((length(name) <= 100)),
  constraint people_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX people_email ON public.people USING btree (lower(email));
CREATE TRIGGER people_noted AFTER UPDATE OF password_hash, totp, recovery_hashes ON public.people FOR EACH ROW EXECUTE FUNCTION note_person();

create table person_sessions (
  id text collate "C" not null,
  person_id text collate "C" not null,
  token_hash text collate "C" not null,
  address text not null,
  user_agent text not null,
  started_at timestamp(3) with time zone not null,
  last_seen_at timestamp(3) with time zone not null,
  expires_at timestamp(3) with time zone not null,
  confirmed_at timestamp(3) with time zone not null default to_timestamp((0)::double precision),
  constraint person_sessions_user_agent_check CHECK ((length(user_agent) <= 300)),
  constraint person_sessions_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id),
  constraint person_sessions_pkey PRIMARY KEY (id),
  constraint person_sessions_token_hash_key UNIQUE (token_hash)
);
CREATE INDEX person_sessions_of_person ON public.person_sessions USING btree (person_id);

create table processes (
  id text collate "C" not null,
  role text not null,
  started_at timestamp(3) with time zone not null,
  seen_at timestamp(3) with time zone not null,
  constraint processes_role_check CHECK ((role = ANY (ARRAY['api'::text, 'worker'::text, 'all'::text]))),
  constraint processes_pkey PRIMARY KEY (id)
);

create table refunds (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  kind text not null,
  reverses text collate "C",
  amount bigint not null,
  reason text,
  status text not null,
  error json,
  created_at timestamp(3) with time zone not null,
  processed_at timestamp(3) with time zone,
  currency text not null,
  committed xid8 not null default pg_current_xact_id(),
  constraint refunds_amount_check CHECK (((amount >= 1) AND (amount <= '999999999999'::bigint))),
  constraint refunds_currency_check CHECK ((length(currency) = 3)),
  constraint refunds_kind_check CHECK ((kind = ANY (ARRAY['merchant'::text, 'cancel'::text, 'reversal'::text]))),
  constraint refunds_reason_check CHECK ((length(reason) <= 5000)),
  constraint refunds_status CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'succeeded'::text, 'failed'::text]))),
  constraint refunds_payment FOREIGN KEY (merchant_id, mode, payment_id) REFERENCES payments(merchant_id, mode, id),
  constraint refunds_pkey PRIMARY KEY (id, merchant_id, mode)
);
CREATE INDEX refunds_committed ON public.refunds USING btree (((merchant_id || mode)), committed, id);
CREATE INDEX refunds_listed ON public.refunds USING btree (merchant_id, mode, id);
CREATE INDEX refunds_payment ON public.refunds USING btree (payment_id, merchant_id, mode);
CREATE INDEX refunds_status ON public.refunds USING btree (merchant_id, mode, status, id);

create table requests (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  key_id text collate "C",
  method text not null,
  route text not null,
  subject text collate "C",
  status integer,
  error_code text,
  body text,
  payment_id text collate "C",
  resource_id text collate "C",
  at timestamp(3) with time zone not null,
  duration_ms bigint,
  constraint requests_body_check CHECK ((length(body) <= 8192)),
  constraint requests_error_code_check CHECK ((length(error_code) <= 64)),
  constraint requests_method_check CHECK ((length(method) <= 16)),
  constraint requests_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint requests_route_check CHECK ((length(route) <= 255)),
  constraint requests_subject_check CHECK ((length(subject) <= 64)),
  constraint requests_pkey PRIMARY KEY (id, merchant_id, mode)
);
CREATE INDEX requests_payment ON public.requests USING btree (payment_id, merchant_id, mode) WHERE (payment_id IS NOT NULL);

create table restores (
  id text collate "C" not null,
  reason text not null,
  detail text not null,
  lost_from timestamp(3) with time zone not null,
  begun_at timestamp(3) with time zone not null,
  finished_at timestamp(3) with time zone,
  forced_reason text,
  constraint restores_check CHECK (((forced_reason IS NULL) OR (finished_at IS NOT NULL))),
  constraint restores_detail_check CHECK (((length(detail) >= 1) AND (length(detail) <= 1000))),
  constraint restores_forced_reason_check CHECK (((length(forced_reason) >= 1) AND (length(forced_reason) <= 1000))),
  constraint restores_reason_check CHECK ((reason = ANY (ARRAY['by_hand'::text, 'other_server'::text, 'other_timeline'::text, 'behind'::text]))),
  constraint restores_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX restores_open ON public.restores USING btree ((true)) WHERE (finished_at IS NULL);
CREATE TRIGGER restores_guard AFTER INSERT OR DELETE OR UPDATE ON public.restores FOR EACH ROW EXECUTE FUNCTION guard_sends();
CREATE TRIGGER restores_noted AFTER INSERT OR DELETE OR UPDATE ON public.restores FOR EACH ROW EXECUTE FUNCTION note_change('restore', '');

create table result_marks (
  merchant_id text collate "C" not null,
  mode text not null,
  committed xid8 not null,
  event_id text collate "C" not null,
  constraint result_marks_pkey PRIMARY KEY (merchant_id, mode)
);

create table root_keys (
  master_key_id text collate "C" not null,
  wrapped text not null,
  created_at timestamp(3) with time zone not null,
  constraint root_keys_master_key_id_check CHECK ((master_key_id ~ '^[0-9a-f]{8}$'::text)),
  constraint root_keys_wrapped_check CHECK ((length(wrapped) <= 200)),
  constraint root_keys_pkey PRIMARY KEY (master_key_id)
);
CREATE TRIGGER root_keys_noted AFTER INSERT OR DELETE OR UPDATE ON public.root_keys FOR EACH ROW EXECUTE FUNCTION note_change('master_key', 'wrapped');

create table routing_rules (
  merchant_id text collate "C" not null,
  mode text not null,
  version integer not null,
  rules json not null,
  updated_at timestamp(3) with time zone not null,
  constraint routing_rules_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint routing_rules_version_check CHECK ((version >= 1)),
  constraint routing_rules_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint routing_rules_pkey PRIMARY KEY (merchant_id, mode)
);
CREATE TRIGGER routing_rules_noted AFTER INSERT OR DELETE OR UPDATE ON public.routing_rules FOR EACH ROW EXECUTE FUNCTION note_change('routing_rules', 'updated_at');

create table saved_views (
  id text collate "C" not null,
  merchant_id text collate "C" not null,
  person_id text collate "C" not null,
  slot smallint not null,
  page text collate "C" not null,
  name text collate "C" not null,
  query text collate "C" not null,
  created_at timestamp(3) with time zone not null,
  constraint saved_views_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60))),
  constraint saved_views_page_check CHECK (((length(page) >= 1) AND (length(page) <= 40))),
  constraint saved_views_query_check CHECK (((length(query) >= 1) AND (length(query) <= 2000))),
  constraint saved_views_slot_check CHECK (((slot >= 1) AND (slot <= 50))),
  constraint saved_views_merchant_id_person_id_fkey FOREIGN KEY (merchant_id, person_id) REFERENCES memberships(merchant_id, person_id) ON DELETE CASCADE,
  constraint saved_views_pkey PRIMARY KEY (id),
  constraint saved_views_name UNIQUE (merchant_id, person_id, page, name),
  constraint saved_views_slot UNIQUE (merchant_id, person_id, slot)
);

create table seals (
  merchant_id text collate "C" not null,
  n bigint not null,
  first_row bigint not null,
  count integer not null,
  first_at timestamp(3) with time zone not null,
  last_at timestamp(3) with time zone not null,
  root text collate "C" not null,
  previous text collate "C" not null,
  hash text collate "C" not null,
  mac text collate "C" not null,
  sealed_at timestamp(3) with time zone not null,
  last_committed xid8 not null,
  last_id text collate "C" not null,
  marks bytea not null,
  constraint seals_count_check CHECK ((count >= 1)),
  constraint seals_first_row_check CHECK ((first_row >= 1)),
  constraint seals_hash_check CHECK ((length(hash) = 64)),
  constraint seals_mac_check CHECK ((length(mac) = 64)),
  constraint seals_n_check CHECK ((n >= 1)),
  constraint seals_previous_check CHECK ((length(previous) = 64)),
  constraint seals_root_check CHECK ((length(root) = 64)),
  constraint seals_pkey PRIMARY KEY (merchant_id, n)
);
CREATE TRIGGER seals_append_only BEFORE DELETE OR UPDATE ON public.seals FOR EACH ROW EXECUTE FUNCTION refuse('seals are append-only');
CREATE TRIGGER seals_not_emptied BEFORE TRUNCATE ON public.seals FOR EACH STATEMENT EXECUTE FUNCTION refuse('seals are append-only');

create table sign_in_tries (
  subject text collate "C" not null,
  tries integer not null,
  since timestamp(3) with time zone not null,
  locked_until timestamp(3) with time zone,
  constraint sign_in_tries_pkey PRIMARY KEY (subject)
);
CREATE INDEX sign_in_tries_since ON public.sign_in_tries USING btree (since);

create table sweeps (
  merchant_id text collate "C" not null,
  mode text not null,
  account_id text collate "C" not null,
  swept_until timestamp(3) with time zone not null,
  walk_at timestamp(3) with time zone,
  walk_until timestamp(3) with time zone,
  span_ms bigint not null,
  finished_at timestamp(3) with time zone,
  seen bigint not null,
  found bigint not null,
  failure text,
  constraint sweeps_check CHECK (((walk_at IS NULL) = (walk_until IS NULL))),
  constraint sweeps_found_check CHECK ((found >= 0)),
  constraint sweeps_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint sweeps_seen_check CHECK ((seen >= 0)),
  constraint sweeps_span_ms_check CHECK ((span_ms > 0)),
  constraint sweeps_merchant_id_mode_account_id_fkey FOREIGN KEY (merchant_id, mode, account_id) REFERENCES connector_accounts(merchant_id, mode, id),
  constraint sweeps_pkey PRIMARY KEY (merchant_id, mode, account_id)
);

create table test_clock (
  id integer not null,
  ahead_ms bigint not null,
  constraint test_clock_ahead_ms_check CHECK (((ahead_ms >= 0) AND (ahead_ms <= '315576000000'::bigint))),
  constraint test_clock_id_check CHECK ((id = 1)),
  constraint test_clock_pkey PRIMARY KEY (id)
);

create table webhook_endpoints (
  merchant_id text collate "C" not null,
  mode text not null,
  id text collate "C" not null,
  url text not null,
  status text not null,
  disabled_reason text,
  disabled_at timestamp(3) with time zone,
  gone_since timestamp(3) with time zone,
  secret_sealed text not null,
  previous_secret_sealed text,
  previous_secret_until timestamp(3) with time zone,
  retry_intervals_ms bigint[],
  created_at timestamp(3) with time zone not null,
  slot integer not null,
  description text,
  events text[] not null default '{*}'::text[],
  headers_sealed text,
  secret_created_at timestamp(3) with time zone not null,
  predecessors text[] not null default '{}'::text[],
  version integer not null default 1,
  breaker_until timestamp(3) with time zone,
  breaker_trips integer not null default 0,
  api_version text not null default '2026-11-27'::text,
  constraint webhook_endpoints_breaker_trips_check CHECK ((breaker_trips >= 0)),
  constraint webhook_endpoints_description_check CHECK ((length(description) <= 500)),
  constraint webhook_endpoints_events_check CHECK (((cardinality(events) >= 1) AND (cardinality(events) <= 50))),
  constraint webhook_endpoints_mode_check CHECK ((mode = ANY (ARRAY['test'::text, 'live'::text]))),
  constraint webhook_endpoints_predecessors_check CHECK ((cardinality(predecessors) <= 100)),
  constraint webhook_endpoints_slot_check CHECK (((slot >= 1) AND (slot <= 16))),
  constraint webhook_endpoints_status_check CHECK ((status = ANY (ARRAY['enabled'::text, 'paused'::text, 'disabled'::text]))),
  constraint webhook_endpoints_url_check CHECK ((length(url) <= 2048)),
  constraint webhook_endpoints_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES merchants(id),
  constraint webhook_endpoints_pkey PRIMARY KEY (merchant_id, mode, id),
  constraint webhook_endpoints_slot UNIQUE (merchant_id, mode, slot)
);
CREATE TRIGGER webhook_endpoints_noted AFTER INSERT OR DELETE OR UPDATE OF id, url, status, disabled_reason, description, events, secret_created_at, previous_secret_until, headers_sealed, retry_intervals_ms, api_version ON public.webhook_endpoints FOR EACH ROW EXECUTE FUNCTION note_change('webhook_endpoint', 'secret_sealed,previous_secret_sealed,headers_sealed,slot,version,breaker_until,breaker_trips,gone_since,predecessors');
