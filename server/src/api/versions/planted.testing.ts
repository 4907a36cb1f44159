/** Versions that never were, so that the machine is tried on changes of every kind whatever the real list holds. */
import type { Members, VersionChange } from "./change.ts";
import { createVersions } from "./walk.ts";

export const FIRST = "2026-11-27";
export const SECOND = "2027-02-01";
export const THIRD = "2027-05-10";

const rename = (from: string, to: string) => (members: Members) =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name === from ? to : name, value]));

const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The routes of today are the third version. In the second, a payment's `amount` was `minor_units`; in the first it was `sum`, in requests
 * as well, attempts had no `n`, and refunds had their reason in an object.
 */
export const planted: readonly VersionChange[] = [
  { version: FIRST, summary: "The first version.", upgrade: null },
  {
    version: SECOND,
    summary: "`sum` is `minor_units`.",
    upgrade: "Rename it.",
    requests: {
      createPayment: ({ body, query }) => ({ body: isObject(body) ? rename("sum", "minor_units")(body) : body, query }),
      listPayments: ({ body, query }) => ({ body, query: isObject(query) ? rename("state", "status")(query) : query }),
    },
    resources: { payment: rename("minor_units", "sum"), attempt: ({ n: _n, ...rest }) => rest },
  },
  {
    version: THIRD,
    summary: "`minor_units` is `amount`.",
    upgrade: "Rename it.",
    requests: { createPayment: ({ body, query }) => ({ body: isObject(body) ? rename("minor_units", "amount")(body) : body, query }) },
    resources: { payment: rename("amount", "minor_units"), refund: ({ reason, ...rest }) => ({ ...rest, why: { text: reason } }) },
  },
];

export const plantedVersions = createVersions(planted);
