import type { Migration } from "./migration.ts";

/** The clock of test mode, which tests advance. */
export const testClock: Migration = {
  id: 5,
  name: "test-clock",
  why: "In test mode the clock can be advanced, and all processes over one database are to follow. Elsewhere nobody reads it.",
  sql: `
create table test_clock (
  id int primary key check (id = 1),
  ahead_ms bigint not null check (ahead_ms between 0 and 315576000000)
);
`,
};
