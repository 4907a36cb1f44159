/** What the search found, as `GET /v1/search` tells it, and the page of each. */
import { useQuery } from "@tanstack/react-query";
import { wordsOf } from "../../kit/badge.tsx";
import { call } from "../../kit/api.ts";
import { keyOf } from "../../kit/data.ts";
import { placeOf as placeOfThing } from "../../kit/places.ts";
import { useScope } from "../../kit/scope.ts";

export interface Hit {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  readonly subtitle: string | null;
  readonly matched: string;
  readonly payment_id: string | null;
  readonly created_at: string;
  readonly status: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
}

export interface Hits {
  readonly data: readonly Hit[];
  readonly has_more: boolean;
}

const PATH = "/v1/search";

export function useSearch(q: string) {
  const scope = useScope();
  return useQuery({
    queryKey: keyOf(scope, PATH, { q }),
    queryFn: ({ signal }) => call<Hits>({ path: PATH, query: { q }, scope, signal }),
    enabled: q !== "",
    // What was created since is found by the next look.
    staleTime: 0,
    gcTime: 10_000,
  });
}

/** Where a hit is shown: its own page, else that of the payment that it belongs to; null: nowhere here. */
export function placeOf({ kind, id, payment_id: payment }: Hit): string | null {
  return placeOfThing(kind, id) ?? (payment === null ? null : `payments/${payment}`);
}

/** "UPI · asha@shopper.example": what a hit is of, with the method as people write it. */
export function subtitleOf({ subtitle }: Hit): string | null {
  return subtitle?.replace(/^(upi|card|netbanking)\b/, (method) => (method === "upi" ? "UPI" : wordsOf(method))) ?? null;
}
