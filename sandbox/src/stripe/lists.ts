/** Lists with cursors, newest first, and the search, which is behind by a while. */
import { type Answer, invalid, type Json, missing, ok } from "./errors.ts";
import type { Desk } from "./events.ts";
import type { Given } from "./params.ts";
import type { Intent } from "./state.ts";
import { seconds } from "./views.ts";

const PAGE = 10;
const PAGE_MAX = 100;

interface Listed {
  readonly id: string;
  readonly createdAt: number;
}

/** @param all in the order in which they were made */
export function listOf<One extends Listed>(
  all: Iterable<One>,
  given: Given,
  { url, view, fits = () => true }: { url: string; view: (one: One) => Json; fits?: (one: One) => boolean },
): Answer {
  const limit = limitOf(given);
  if (typeof limit !== "number") return limit;
  let found = [...all].toReversed().filter((one) => fits(one) && isWithin(one, given["created"]));
  const { starting_after: after, ending_before: before } = given as { starting_after?: string; ending_before?: string };
  const cursor = after ?? before;
  if (cursor !== undefined) {
    const at = found.findIndex(({ id }) => id === cursor);
    if (at === -1) return missing("object", cursor, after === undefined ? "ending_before" : "starting_after");
    found = after === undefined ? found.slice(Math.max(0, at - limit), at) : found.slice(at + 1);
  }
  return ok({ object: "list", data: found.slice(0, limit).map(view), has_more: found.length > limit, url });
}

function limitOf({ limit = PAGE }: Given): number | Answer {
  const wanted = limit as number;
  return wanted >= 1 && wanted <= PAGE_MAX
    ? wanted
    : invalid(`This value must be between 1 and ${PAGE_MAX}.`, "limit", "parameter_invalid_integer");
}

function isWithin({ createdAt }: Listed, created: unknown): boolean {
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = (created ?? {}) as Record<string, number>;
  const at = seconds(createdAt);
  return at > gt && at >= gte && at < lt && at <= lte;
}

/** `metadata['key']:'value'`, `status:'succeeded'`, `currency:'usd'`, `amount>100`, `created>=1800000000`, joined by AND. */
export function searchIntents(desk: Desk, given: Given, view: (intent: Intent) => Json): Answer {
  const limit = limitOf(given);
  if (typeof limit !== "number") return limit;
  const clauses = (given["query"] as string).split(/\s+AND\s+/).map(clauseOf);
  const wrong = clauses.indexOf(null);
  if (wrong !== -1) return invalid("We were unable to parse your search query. Try using the format `metadata['key']:'value'`.", "query");
  const { searchLagMs } = desk.settings;
  if (searchLagMs === null) return invalid("Search is not available for merchants in your country.");
  // A search index is filled after the fact.
  const isIndexed = ({ createdAt }: Intent): boolean => createdAt <= desk.now - searchLagMs;
  const found = [...desk.state.intents.values()].toReversed().filter((one) => isIndexed(one) && clauses.every((clause) => clause!(one)));
  const from = given["page"] === undefined ? 0 : Number(/^page_(\d{1,9})$/.exec(given["page"] as string)?.[1] ?? Number.NaN);
  if (Number.isNaN(from)) return invalid("Invalid page.", "page");
  const has_more = found.length > from + limit;
  const data = found.slice(from, from + limit).map(view);
  return ok({
    object: "search_result",
    data,
    has_more,
    next_page: has_more ? `page_${from + limit}` : null,
    url: "/v1/payment_intents/search",
  });
}

type Clause = (intent: Intent) => boolean;

const METADATA = /^\s*metadata\[(['"])(.*?)\1\]\s*:\s*(['"])(.*)\3\s*$/s;
const TEXT = /^\s*(status|currency)\s*:\s*(['"])(.*)\2\s*$/s;
const NUMBER = /^\s*(amount|created)\s*(:|>=?|<=?)\s*(\d{1,15})\s*$/;

function clauseOf(text: string): Clause | null {
  const [, , key, , wanted] = METADATA.exec(text) ?? [];
  if (key !== undefined && wanted !== undefined) {
    const value = wanted.replaceAll(/\\(.)/gs, "$1");
    return ({ metadata }) => Object.hasOwn(metadata, key) && metadata[key]!.toLowerCase() === value.toLowerCase();
  }
  const [, member, , word] = TEXT.exec(text) ?? [];
  if (member !== undefined) return (intent) => intent[member as "status" | "currency"] === word!.toLowerCase();
  const [, name, comparison, digits] = NUMBER.exec(text) ?? [];
  if (name === undefined) return null;
  const limit = Number(digits);
  return ({ amount, createdAt }) => {
    const value = name === "amount" ? amount : seconds(createdAt);
    return comparison === ":"
      ? value === limit
      : comparison!.includes("=") && value === limit
        ? true
        : comparison!.startsWith(">")
          ? value > limit
          : value < limit;
  };
}
