import { attempts, facts, payments } from "./0001/money.ts";
import { settings } from "./0001/settings.ts";
import { triggers } from "./0001/triggers.ts";
import { deliveries, people, work } from "./0001/work.ts";
import type { Migration } from "./migration.ts";

/**
 * The first tables. What holds for all of them:
 * - Every key holds merchant and mode, and so do foreign keys: no row can point into another tenant, and it is what a sharded
 *   PostgreSQL needs. Tables that are listed (payments, deliveries, cases) begin with them. All other keys begin with the column
 *   that is asked for: on an empty database the planner has no figures, holds any index that begins with the merchant for as good
 *   as the right one, keeps that plan, and reads all rows of the merchant for each key check until the first autoanalyze.
 * - Ids compare as bytes (`collate "C"`): they are time-ordered, so their order is the order of creation on every server.
 * - JSON is `json`, never `jsonb`: the text stays as it was written, key order and all.
 * - Times have milliseconds, as in the code. No statement and no default calls `now()`: the program's clock is the only one.
 * - No index on payments mentions a column that changes, so that their updates stay inside their page (HOT).
 */
export const first: Migration = {
  id: 1,
  name: "first",
  why: "Everything that one payment needs, from its creation to its webhook, and the rules of section 4 as constraints.",
  sql: [settings, payments, attempts, facts, deliveries, people, work, triggers].join("\n"),
};
