import type { Migration } from "./migration.ts";

/**
 * An exchange that another database has acknowledged may leave this one, however young it is: only a statement that says so may delete it
 * (docs/decisions/0067).
 */
export const archived: Migration = {
  id: 31,
  name: "archived",
  why: "Exchanges can be moved to an audit store of their own, and nothing but the clean-up and that move removes them.",
  sql: `
create function is_archived() returns boolean language sql stable as $$
  select coalesce(current_setting('tillway.archived', true) = 'acknowledged', false) $$;

drop trigger exchanges_kept on exchanges;
create trigger exchanges_kept before delete on exchanges for each row
  when (old.started_at >= least(purged_before(), clock_timestamp() - interval '1 day') and not is_archived())
  execute function refuse('exchanges are append-only: only the clean-up removes them, and only old ones');
`,
};
