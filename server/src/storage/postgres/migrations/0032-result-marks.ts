import type { Migration } from "./migration.ts";

/** How far the results of payments were announced to programs outside, in the order of commits. */
export const resultMarks: Migration = {
  id: 32,
  name: "result-marks",
  why: "A result that was committed while Kafka was away is announced when it is back, so somebody must know what was announced.",
  sql: `
-- The empty merchant's row says where it was begun: what is older was never to be announced.
create table result_marks (
  merchant_id text collate "C" not null,
  mode text not null,
  committed xid8 not null,
  event_id text collate "C" not null,
  primary key (merchant_id, mode)
);
`,
};
