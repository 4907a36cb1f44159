import type { Migration } from "./migration.ts";

/** What an engine brought that is no message of ours. It belongs to no merchant: whoever wrote it there is not known. */
export const deadMessages: Migration = {
  id: 33,
  name: "dead-messages",
  why: "A message that nobody can read was in the engine's own tools only; now the operator lists, replays and discards it, and is told of it.",
  sql: `
create table dead_messages (
  id text collate "C" not null primary key,
  engine text not null check (engine in ('redis', 'kafka')),
  place text not null check (length(place) <= 300),
  partition int,
  position text not null check (length(position) <= 300),
  digest text not null,
  reason text not null check (length(reason) <= 1000),
  value text check (length(value) <= 10000),
  bytes bigint not null,
  headers json not null,
  job_id text collate "C",
  found_at timestamptz(3) not null,
  status text not null check (status in ('open', 'replayed', 'discarded')),
  handled_at timestamptz(3),
  handled_by text,
  handled_reason text,
  committed xid8 not null default pg_current_xact_id(),
  check ((status = 'open') = (handled_at is null)),
  -- The same offset may come again after a topic was made anew, with other bytes.
  constraint dead_messages_once unique nulls not distinct (engine, place, partition, position, digest)
);
create index dead_messages_open on dead_messages (id) where status = 'open';

-- How far the operator was told of what needs a person, in the order of commits, and when next.
create table operator_alarm (
  one bool not null primary key default true check (one),
  committed xid8 not null,
  next_at timestamptz(3) not null
);
insert into operator_alarm (committed, next_at) values ('0', '-infinity');
`,
};
