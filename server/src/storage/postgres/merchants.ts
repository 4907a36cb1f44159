/** Merchants as the operator sees them: all of them, and one. */
import type { Listed, Page, Reads } from "../../core/ports/reads.ts";
import type { Merchant } from "../../core/ports/settings.ts";
import { settledBefore, type Query } from "./lists.ts";
import type { Raw } from "./lookups.ts";

/** Details over `query`, pages over `lists`. */
export function merchantReads(query: Query, lists: Query): Pick<Reads, "merchant" | "merchants"> {
  return {
    merchant: async (id) => {
      const [row] = await query("merchant", `${select} where t.id = $1`, [id]);
      return row ? merchantOf(row) : null;
    },
    merchants: (page) => pageOf(lists, page),
  };
}

export const MERCHANT = "t.id, t.name, t.email, t.time_zone, t.created_at";
const select = `select ${MERCHANT} from merchants t`;

export function merchantOf(row: Raw): Merchant {
  const { id, name, email, time_zone: timeZone, created_at: createdAt } = row;
  return { id, name, email, timeZone, createdAt } as Merchant;
}

/** As `list` reads a merchant's rows: newest first by id, and what is new in the order of commits (docs/decisions/0034). */
async function pageOf(query: Query, page: Page): Promise<Listed<Merchant>> {
  const { limit, startingAfter, endingBefore, idFrom, idBefore } = page;
  const isBackward = endingBefore !== undefined;
  const mark = startingAfter ?? endingBefore;
  const found = mark === undefined ? undefined : await committedAt(query, mark);
  if (found === null) return "unknown_cursor";
  const values: unknown[] = [limit + 1, await settledBefore(query, { name: "merchants" })];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const conditions = ["t.committed < $2::xid8"];
  if (idFrom !== undefined) conditions.push(`t.id >= ${value(idFrom)}`);
  if (idBefore !== undefined) conditions.push(`t.id < ${value(idBefore)}`);
  if (isBackward) conditions.push(`(t.committed, t.id) > (${value(found)}::xid8, ${value(mark)})`);
  else if (mark !== undefined) conditions.push(`t.id < ${value(mark)}`);
  const order = isBackward ? "t.committed, t.id" : "t.id desc";
  const name = ["list_merchants", idFrom && "from", idBefore && "before", isBackward ? "new" : mark && "after"].filter(Boolean).join("_");
  const rows = await query(name, `${select} where ${conditions.join(" and ")} order by ${order} limit $1`, values);
  const shown = rows.slice(0, limit).map(merchantOf);
  return { rows: isBackward ? shown.reverse() : shown, hasMore: rows.length > limit };
}

/** The transaction that wrote this merchant; null if there is none. */
async function committedAt(query: Query, id: string): Promise<string | null> {
  const [row] = await query("list_merchants_cursor", "select committed::text from merchants where id = $1", [id]);
  return row ? (row.committed as string) : null;
}
