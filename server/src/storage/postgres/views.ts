/** What people have saved: lists of the dashboard, each under a name. */
import { SAVED_VIEWS_MAX } from "../../core/constants.ts";
import type { People, SavedView } from "../../core/ports/people.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { withFailures, type Database } from "./connect.ts";
import { brokenConstraint } from "./failures.ts";
import type { Raw } from "./lookups.ts";

/** Each one that is lost means that another tab of the same person was faster. */
const TRIES_MAX = 20;

export function viewRows(database: Database): Pick<People, "views" | "saveView" | "renameView" | "deleteView"> {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name: `views_${name}`, text: texts[name] }, values);
  return {
    views: async (merchantId, personId) => (await run("list", merchantId, personId)).map(viewOf),
    async saveView({ id, merchantId, personId, page, name, query: text, createdAt }) {
      for (let tries = 0; tries < TRIES_MAX; tries++) {
        const row = (await run("save", merchantId, personId, id, page, name, text, createdAt))[0]!;
        if (row.id !== null) return viewOf(row);
        if (!row.is_member) return "no_member";
        if (row.slot === null) return "full";
      }
      throw new StoreUnavailable("others saved views at the same time, again and again", { mayHaveCommitted: false });
    },
    async renameView(merchantId, personId, { id, name }) {
      try {
        const [row] = await run("rename", merchantId, personId, id, name);
        return row ? viewOf(row) : null;
      } catch (error) {
        if (brokenConstraint((error as Error).cause) === "saved_views_name") return "taken";
        throw error;
      }
    },
    deleteView: async (merchantId, personId, id) => (await run("delete", merchantId, personId, id)).length > 0,
  };
}

function viewOf(row: Raw): SavedView {
  return {
    id: row.id as string,
    merchantId: row.merchant_id as string,
    personId: row.person_id as string,
    page: row.page as string,
    name: row.name as string,
    query: row.query as string,
    createdAt: row.created_at as number,
  };
}

const view = "id, merchant_id, person_id, page, name, query, created_at";
const mine = "v.merchant_id = $1 and v.person_id = $2";

const texts = {
  list: `select ${view} from saved_views v where ${mine} order by v.id`,
  // The membership is held until the end: who is removed meanwhile leaves nothing behind, and the row's reference does not break.
  // Of two at once that want one place or one name, the second one writes nothing, and asks again.
  save: `with member as materialized (select person_id from memberships where merchant_id = $1 and person_id = $2 for key share),
    same as (update saved_views v set query = $6 where ${mine} and v.page = $4 and v.name = $5 and exists (select from member) returning ${view}),
    free as (select min(s) as slot from generate_series(1, ${SAVED_VIEWS_MAX}) s
      where not exists (select from saved_views v where ${mine} and v.slot = s)),
    made as (insert into saved_views (${view}, slot) select $3, $1, $2, $4, $5, $6, to_timestamp($7::float8 / 1000), f.slot
      from free f, member where f.slot is not null and not exists (select from same) on conflict do nothing returning ${view})
    select exists (select from member) as is_member, f.slot, saved.*
    from free f left join (select * from same union all select * from made) saved on true`,
  rename: `update saved_views v set name = $4 where ${mine} and v.id = $3 returning ${view}`,
  delete: `delete from saved_views v where ${mine} and v.id = $3 returning v.id`,
} as const;
