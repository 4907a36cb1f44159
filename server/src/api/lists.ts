/** Lists: the page that a query asks for, and its text. */
import type { IdPrefix } from "../core/change.ts";
import { LIST_LIMIT_DEFAULT } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import { firstIdAt, isId } from "../core/ids.ts";
import type { Listed, Page } from "../core/ports/reads.ts";
import { timeOf } from "./times.ts";

interface PageQuery {
  readonly limit?: number;
  readonly starting_after?: string;
  readonly ending_before?: string;
  readonly created_from?: string;
  readonly created_before?: string;
}

interface List<Row> {
  readonly prefix: IdPrefix;
  readonly read: (page: Page) => Promise<Listed<Row>>;
  readonly render: (row: Row) => unknown;
}

/** The answer's text. Throws `TillwayError` invalid_field that names the cursor if it names no row of this list. */
export async function listText<Row>(query: PageQuery, { prefix, read, render }: List<Row>): Promise<string> {
  const page = await read(pageOf(query, prefix));
  if (page !== "unknown_cursor") return JSON.stringify({ object: "list", data: page.rows.map(render), has_more: page.hasMore });
  // A page after a row of somebody else would look like the end of the list.
  const param = query.starting_after === undefined ? "ending_before" : "starting_after";
  throw unknownCursor(param);
}

export function unknownCursor(param: string): TillwayError {
  return refuse(param, `${param} names no row that you have: send an id from this list.`);
}

/** Refuses, by name, a cursor of another kind, both cursors at once, and what is no time. */
export function pageOf(query: PageQuery, prefix: IdPrefix): Page {
  const { limit = LIST_LIMIT_DEFAULT, created_from: from, created_before: before, ...cursors } = query;
  for (const param of ["starting_after", "ending_before"] as const)
    if (cursors[param] !== undefined && !isId(prefix, cursors[param]))
      throw refuse(param, `${param} must be an id that begins with ${prefix}_.`);
  const { starting_after: startingAfter, ending_before: endingBefore } = cursors;
  if (startingAfter !== undefined && endingBefore !== undefined)
    throw refuse("ending_before", "Send starting_after or ending_before, not both.");
  const idFrom = from === undefined ? undefined : firstIdAt(prefix, timeOf("created_from", from));
  const idBefore = before === undefined ? undefined : firstIdAt(prefix, timeOf("created_before", before));
  return { limit, startingAfter, endingBefore, idFrom, idBefore };
}

function refuse(param: string, message: string): TillwayError {
  return new TillwayError("invalid_field", { param, message });
}
