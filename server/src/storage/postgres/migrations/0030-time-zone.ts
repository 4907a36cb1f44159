import type { Migration } from "./migration.ts";

/** Where a merchant's days begin. Its changes are noted by the trigger that notes all of a merchant. */
export const timeZone: Migration = {
  id: 30,
  name: "time-zone",
  why: "Figures of a day and exports are as the merchant's clocks show them, whoever asks.",
  sql: `
alter table merchants add column time_zone text collate "C" not null default 'UTC' check (length(time_zone) between 1 and 64);
`,
};
