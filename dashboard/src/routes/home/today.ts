/** What the payments of today come to. Read page by page up to a bound, and said where there are more. */
import type { Payment } from "@tillway/sdk";
import { useQuery } from "@tanstack/react-query";
import { call, type Scope } from "../../kit/api.ts";
import { keyOf, type Page } from "../../kit/data.ts";
import { useScope } from "../../kit/scope.ts";

const PAGE = 100;
const PAGES_MAX = 5;

export interface Today {
  /** By currency, the most of payments first. */
  readonly volume: readonly { readonly currency: string; readonly amount: number; readonly payments: number }[];
  readonly succeeded: number;
  readonly failed: number;
  readonly all: number;
  /** There are more: these are the newest. */
  readonly isCut: boolean;
}

/** Since the last midnight of the reader. */
export function midnight(): string {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
}

export function useToday() {
  const scope = useScope();
  const from = midnight();
  return useQuery({
    queryKey: keyOf(scope, "/v1/payments", { today: from }),
    queryFn: ({ signal }) => readToday(scope, from, signal),
    refetchInterval: 60_000,
  });
}

async function readToday(scope: Scope, from: string, signal: AbortSignal): Promise<Today> {
  const rows: Payment[] = [];
  let hasMore = true;
  for (let page = 0; page < PAGES_MAX && hasMore; page++) {
    const query = { created_from: from, limit: PAGE, starting_after: rows.at(-1)?.id };
    const got = await call<Page<Payment>>({ path: "/v1/payments", query, scope, signal });
    rows.push(...got.data);
    hasMore = got.has_more;
  }
  return sumUp(rows, hasMore);
}

export function sumUp(rows: readonly Payment[], isCut: boolean): Today {
  const volume = new Map<string, { amount: number; payments: number }>();
  for (const { currency, amount_captured: captured } of rows) {
    if (captured === 0) continue;
    const before = volume.get(currency) ?? { amount: 0, payments: 0 };
    volume.set(currency, { amount: before.amount + captured, payments: before.payments + 1 });
  }
  const count = (...statuses: readonly string[]) => rows.filter(({ status }) => statuses.includes(status)).length;
  return {
    volume: [...volume].map(([currency, sums]) => ({ currency, ...sums })).toSorted((one, other) => other.payments - one.payments),
    succeeded: count("succeeded", "authorized"),
    failed: count("failed"),
    all: rows.length,
    isCut,
  };
}
