/** Who may ask, where we send, which gateways we use. */
export const settings = `
create table merchants (
  id text collate "C" primary key,
  name text not null check (length(name) between 1 and 255),
  email text collate "C" not null check (length(email) between 3 and 320),
  created_at timestamptz(3) not null
);
-- One account per address, however it is written.
create unique index merchants_email on merchants (lower(email));

create table api_keys (
  merchant_id text collate "C" not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  key text collate "C" not null constraint api_keys_key unique,
  secret_hash text not null,
  scopes text[] not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (merchant_id, mode, id)
);

create table connector_accounts (
  merchant_id text collate "C" not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  -- Unique by itself: a gateway's webhook names nothing but the account.
  id text collate "C" not null constraint connector_accounts_id unique,
  connector text not null,
  priority integer not null,
  status text not null check (status in ('enabled', 'disabled')),
  credentials_sealed text not null,
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, id)
);

create table webhook_endpoints (
  merchant_id text collate "C" not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  url text not null check (length(url) <= 2048),
  status text not null check (status in ('enabled', 'disabled')),
  disabled_reason text,
  secret_sealed text not null,
  previous_secret_sealed text,
  previous_secret_until timestamptz(3),
  retry_intervals_ms bigint[],
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, id),
  -- One endpoint per merchant and mode for now; everything else already allows more.
  constraint webhook_endpoints_one_per_scope unique (merchant_id, mode)
);

create table orders (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  amount bigint not null check (amount between 1 and 999999999999),
  currency text not null check (length(currency) = 3),
  receipt text check (length(receipt) <= 255),
  status text not null check (status in ('created', 'attempted', 'paid')),
  created_at timestamptz(3) not null,
  primary key (merchant_id, mode, id)
);
`;
