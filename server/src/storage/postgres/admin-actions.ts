/** Admin actions: the list of them. Triggers write them, and commits. */
import type { Reads } from "../../core/ports/reads.ts";
import { adminActions } from "../tables.ts";
import { settledBefore, type Query } from "./lists.ts";

/** By id and so by time. No page shows an action as long as one beside it may be committed before it: whoever polls misses none. */
export function adminActionReads(query: Query): Pick<Reads, "adminActions"> {
  return {
    adminActions: async ({ merchantId, mode }, page) => {
      const settled = await settledBefore(query, adminActions);
      const {
        actor = null,
        actorKind = null,
        action = null,
        subject = null,
        startingAfter,
        endingBefore,
        idFrom = null,
        idBefore = null,
      } = page;
      const isBackwards = endingBefore !== undefined;
      const mark = startingAfter ?? endingBefore ?? null;
      const values = [merchantId, mode, page.limit + 1, settled, mark, actor, action, subject, idFrom, idBefore, actorKind];
      const [name, text] = isBackwards
        ? (["admin_actions_before", texts.before] as const)
        : (["admin_actions_after", texts.after] as const);
      const [known, rows] = [await isKnown(query, { merchantId, mark }), await query(name, text, values)];
      if (!known) return "unknown_cursor";
      const shown = rows.slice(0, page.limit).map(adminActions.rowOf);
      return { rows: isBackwards ? shown.reverse() : shown, hasMore: rows.length > page.limit };
    },
  };
}

async function isKnown(
  query: Query,
  { merchantId, mark }: { readonly merchantId: string; readonly mark: string | null },
): Promise<boolean> {
  if (mark === null) return true;
  return (
    (await query("admin_actions_cursor", "select from admin_actions where merchant_id = $1 and id = $2", [merchantId, mark])).length > 0
  );
}

/** A comparison of commits that no index serves: without figures the planner would read all of them along it, and sort. */
const listText = (side: "<" | ">", direction: "asc" | "desc"): string => `
select ${adminActions.select("t")} from admin_actions t
where t.merchant_id = $1 and t.mode in ($2, '') and (t.committed < $4::xid8) is not false
  and ($5::text is null or t.id ${side} $5::text)
  and ($6::text is null or t.actor_id = $6::text or t.actor_kind = $6::text or lower(t.actor_label) = lower($6::text))
  and ($11::text is null or t.actor_kind = $11::text)
  and ($7::text is null or t.action = $7::text or (right($7::text, 1) = '.' and starts_with(t.action, $7::text)))
  and ($8::text is null or t.subject = $8::text)
  and ($9::text is null or t.id >= $9::text) and ($10::text is null or t.id < $10::text)
order by t.id ${direction} limit $3::int`;

const texts = { before: listText(">", "asc"), after: listText("<", "desc") };
