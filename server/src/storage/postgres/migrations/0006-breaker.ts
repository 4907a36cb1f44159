import type { Migration } from "./migration.ts";

/** All processes must know that an endpoint is down, so its breaker is a part of its row, which each delivery loads anyway. */
export const breaker: Migration = {
  id: 6,
  name: "breaker",
  why: "An endpoint that is down is left alone for a while: a refusal by its breaker is no try (docs/decisions/0033).",
  sql: `
alter table webhook_endpoints
  add column breaker_until timestamptz(3),
  add column breaker_trips integer not null default 0 check (breaker_trips >= 0);
`,
};
