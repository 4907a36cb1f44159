import type { Migration } from "./migration.ts";

/**
 * Rows that explain, but are not money, are removed once they are old (docs/decisions/0012).
 * - What was append-only stays so, whoever asks: exchanges and delivery tries may be deleted only where the transaction has said up to
 *   which time, and only what is older. The setting is no secret; it keeps a careless DELETE from working, as the trigger did before.
 *   Whatever it says, nothing of the last day goes: no retention is shorter. And nobody empties an append-only table at once.
 * - Keys of a create stay for ever, so only the others are in the index, and a create does not pay for it. All other tables are found
 *   by keys that they have: those begin with an id, which begins with the time.
 * - The index is built while writes to `idempotency` wait: a second for a million keys that do not create.
 */
export const purge: Migration = {
  id: 2,
  name: "purge",
  why: "Exchanges, delivery logs, handled gateway events, idempotency keys and vanished processes grew without bound.",
  sql: `
create function purged_before() returns timestamptz language sql stable as $$
  select coalesce(to_timestamp(nullif(current_setting('tillway.purged_before', true), '')::float8 / 1000), '-infinity') $$;

drop trigger exchanges_append_only on exchanges;
create trigger exchanges_append_only before update on exchanges for each row
  execute function refuse('exchanges are append-only');
create trigger exchanges_kept before delete on exchanges for each row
  when (old.started_at >= least(purged_before(), clock_timestamp() - interval '1 day'))
  execute function refuse('exchanges are append-only: only the clean-up removes them, and only old ones');

drop trigger delivery_tries_append_only on delivery_tries;
create trigger delivery_tries_append_only before update on delivery_tries for each row
  execute function refuse('delivery tries are append-only');
create trigger delivery_tries_kept before delete on delivery_tries for each row
  when (old.at >= least(purged_before(), clock_timestamp() - interval '1 day'))
  execute function refuse('delivery tries are append-only: only the clean-up removes them, and only old ones');

create trigger events_not_emptied before truncate on events execute function refuse('events are append-only');
create trigger exchanges_not_emptied before truncate on exchanges execute function refuse('exchanges are append-only');
create trigger delivery_tries_not_emptied before truncate on delivery_tries execute function refuse('delivery tries are append-only');

create index idempotency_purge on idempotency (created_at) where not creates;
`,
};
