import type { Migration } from "./migration.ts";

/** People who sign in, and what they are in merchants' teams. See docs/decisions/0061. */
export const people: Migration = {
  id: 26,
  name: "people",
  why: "People sign in to the dashboard under names of their own, and each may do what the role in the team allows.",
  sql: `
create table people (
  id text collate "C" primary key,
  email text not null check (length(email) between 3 and 254),
  name text not null check (length(name) <= 100),
  password_hash text,
  totp text,
  totp_pending text,
  -- Of the newest code that was used: an older one, and the same one again, are refused.
  totp_step bigint not null default 0,
  recovery_hashes text[] not null default '{}',
  is_operator boolean not null default false,
  created_at timestamptz(3) not null
);
create unique index people_email on people (lower(email));

create table memberships (
  merchant_id text collate "C" not null references merchants (id),
  person_id text collate "C" not null references people (id),
  role text not null check (role in ('owner', 'admin', 'developer', 'support', 'read_only')),
  since timestamptz(3) not null,
  last_seen_at timestamptz(3),
  -- What the log of changes names.
  id text collate "C" not null generated always as (person_id) stored,
  primary key (merchant_id, person_id)
);
create index memberships_of_person on memberships (person_id);

create table person_sessions (
  id text collate "C" primary key,
  person_id text collate "C" not null references people (id),
  token_hash text collate "C" not null unique,
  address text not null,
  user_agent text not null check (length(user_agent) <= 300),
  started_at timestamptz(3) not null,
  last_seen_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
create index person_sessions_of_person on person_sessions (person_id);

create table sign_in_tries (
  subject text collate "C" primary key,
  tries int not null,
  since timestamptz(3) not null,
  locked_until timestamptz(3)
);
create index sign_in_tries_since on sign_in_tries (since);

create table invitations (
  id text collate "C" primary key,
  merchant_id text collate "C" not null references merchants (id),
  email text not null check (length(email) between 3 and 254),
  role text not null check (role in ('owner', 'admin', 'developer', 'support', 'read_only')),
  is_operator boolean not null,
  invited_by text,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  revoked_at timestamptz(3)
);
create index invitations_of_merchant on invitations (merchant_id, id) where used_at is null and revoked_at is null;

create table password_resets (
  id text collate "C" primary key,
  person_id text collate "C" not null references people (id),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index password_resets_of_person on password_resets (person_id);

create trigger memberships_noted after insert or delete or update of role on memberships for each row execute function note_change('member', 'last_seen_at,person_id');
create trigger invitations_noted after insert or update on invitations for each row execute function note_change('invitation', '');

-- What people do has idempotency keys of its own.
alter table payments drop constraint payments_audience_check,
  add constraint payments_audience_check check (audience in ('merchant', 'checkout', 'person'));
alter table idempotency drop constraint idempotency_audience_check,
  add constraint idempotency_audience_check check (audience in ('merchant', 'checkout', 'operator', 'person'));

alter table jobs
  drop constraint jobs_kind_check,
  add constraint jobs_kind_check check (kind in
    ('charge', 'capture', 'void', 'refund', 'ask', 'expire', 'gateway-event', 'webhook', 'email', 'sweep', 'person-email'));
`,
};
