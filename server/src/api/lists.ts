/** Lists: the page that a query asks for, and its text. */
import type { IdPrefix } from "../core/change.ts";
import { LIST_LIMIT_DEFAULT } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Listed, Page } from "../core/ports/reads.ts";

interface PageQuery {
  readonly limit?: number;
  readonly starting_after?: string;
  readonly ending_before?: string;
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
  throw new TillwayError("invalid_field", { param, message: `${param} names no row that you have: send an id from this list.` });
}

/** Refuses, by name, a cursor of another kind and both cursors at once. */
function pageOf({ limit = LIST_LIMIT_DEFAULT, ...cursors }: PageQuery, prefix: IdPrefix): Page {
  const refuse = (param: string, message: string) => new TillwayError("invalid_field", { param, message });
  for (const param of ["starting_after", "ending_before"] as const)
    if (cursors[param] !== undefined && !isId(prefix, cursors[param]))
      throw refuse(param, `${param} must be an id that begins with ${prefix}_.`);
  const { starting_after: startingAfter, ending_before: endingBefore } = cursors;
  if (startingAfter !== undefined && endingBefore !== undefined)
    throw refuse("ending_before", "Send starting_after or ending_before, not both.");
  return { limit, startingAfter, endingBefore };
}
