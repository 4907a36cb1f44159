import type { Migration } from "./migration.ts";

/** Requests that are found again by their id. */
export const requests: Migration = {
  id: 4,
  name: "requests",
  why: "Whoever has a request id is to find what was asked and what came of it. A payment keeps the id of its creation by itself.",
  sql: `
create table requests (
  merchant_id text collate "C" not null,
  mode text not null check (mode in ('test', 'live')),
  id text collate "C" not null,
  key_id text collate "C",
  method text not null check (length(method) <= 16),
  route text not null check (length(route) <= 255),
  subject text collate "C" check (length(subject) <= 64),
  status int,
  error_code text check (length(error_code) <= 64),
  body text check (length(body) <= 8192),
  payment_id text collate "C",
  resource_id text collate "C",
  at timestamptz(3) not null,
  duration_ms bigint,
  primary key (id, merchant_id, mode)
);
`,
};
