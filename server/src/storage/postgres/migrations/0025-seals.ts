import type { Migration } from "./migration.ts";

/**
 * Nothing is written beside a commit: a sealer reads afterwards. A row's text is made here, so that its hash is computed beside it and the
 * text need not travel; the same function makes the lines of an export. Its form never changes: another form is another function.
 */
export const seals: Migration = {
  id: 25,
  name: "seals",
  why: "A changed, removed, moved or added row of the audit log is found by anybody who has an export and a hash that was noted before.",
  sql: `
create table seals (
  -- Empty: of the installation.
  merchant_id text collate "C" not null,
  n bigint not null check (n >= 1),
  first_row bigint not null check (first_row >= 1),
  count int not null check (count >= 1),
  first_at timestamptz(3) not null,
  last_at timestamptz(3) not null,
  root text collate "C" not null check (length(root) = 64),
  previous text collate "C" not null check (length(previous) = 64),
  hash text collate "C" not null check (length(hash) = 64),
  mac text collate "C" not null check (length(mac) = 64),
  sealed_at timestamptz(3) not null,
  last_committed xid8 not null,
  last_id text collate "C" not null,
  -- The first bytes of each leaf: they show where rows differ.
  marks bytea not null,
  primary key (merchant_id, n)
);
create trigger seals_append_only before update or delete on seals for each row execute function refuse('seals are append-only');
create trigger seals_not_emptied before truncate on seals for each statement execute function refuse('seals are append-only');

create table leases (
  name text collate "C" primary key,
  token text collate "C" not null,
  until timestamptz(3) not null
);

create function ms_of(at timestamptz) returns bigint language sql immutable as $$ select round(extract(epoch from at) * 1000)::bigint $$;

create function audit_line(e events) returns text language sql stable as $$
  select '{"object":"event","merchant_id":' || to_json(e.merchant_id) || ',"mode":' || to_json(e.mode) || ',"id":' || to_json(e.id)
    || ',"payment_id":' || coalesce(to_json(e.payment_id)::text, 'null') || ',"sequence":' || e.sequence || ',"type":' || to_json(e.type)
    || ',"closes":' || coalesce(to_json(e.closes)::text, 'null') || ',"api_version":' || to_json(e.api_version)
    || ',"created_at":' || ms_of(e.created_at) || ',"data":' || e.body || '}'
$$;

create function audit_line(a admin_actions) returns text language sql stable as $$
  select '{"object":"admin_action","merchant_id":' || to_json(a.merchant_id) || ',"mode":' || to_json(a.mode) || ',"id":' || to_json(a.id)
    || ',"created_at":' || ms_of(a.at) || ',"actor":{"kind":' || to_json(a.actor_kind)
    || ',"id":' || coalesce(to_json(a.actor_id)::text, 'null') || ',"label":' || coalesce(to_json(a.actor_label)::text, 'null')
    || '},"request_id":' || coalesce(to_json(a.request_id)::text, 'null') || ',"action":' || to_json(a.action)
    || ',"subject":' || to_json(a.subject) || ',"before":' || coalesce(a.before::text, 'null') || ',"after":' || coalesce(a.after::text, 'null') || '}'
$$;

create function audit_leaf(line text) returns bytea language sql immutable as $$ select sha256('\\x00'::bytea || convert_to(line, 'UTF8')) $$;
`,
};
