/** Where a thing has its page: one table for the links of the search, of events and of invariants. */
import { kindOfPrefix, type SearchKind } from "../../../server/src/core/ports/search.ts";

/** Null: it is shown on the page of its payment. */
export const pages: Readonly<Record<SearchKind, string | null>> = {
  payment: "payments",
  order: "orders",
  refund: "refunds",
  event: "events",
  delivery: "deliveries",
  case: "cases",
  attempt: null,
  request: "requests",
  webhook_endpoint: "webhooks",
  payment_link: "payment-links",
};

/** Null: a thing of this kind has no page of its own. */
export function placeOf(kind: string | undefined, id: string): string | null {
  const page = kind !== undefined && Object.hasOwn(pages, kind) ? pages[kind as SearchKind] : null;
  return page === null ? null : `${page}/${id}`;
}

/** By the beginning of the id. */
export function placeOfId(id: string): string | null {
  return placeOf(kindOfPrefix(id.slice(0, id.indexOf("_"))), id);
}
