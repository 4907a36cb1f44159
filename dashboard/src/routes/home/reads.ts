/** What the home of a merchant reads: it is asked for before its code is there (`first.ts`). */
export const homeReads = {
  recent: { path: "/v1/payments", query: { limit: 10 } },
  today: { path: "/v1/overview", query: {} },
  cases: { path: "/v1/cases", query: { status: "open", limit: 5 } },
} as const;
