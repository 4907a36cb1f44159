/** What an API key may do: only what a route asks for, since each key is granted all of it. The test matrix is generated from it. */
export const scopes = ["payments.read", "payments.write", "refunds.write", "webhooks", "config", "cases"] as const;

export type KeyScope = (typeof scopes)[number];
export type Scopes = readonly KeyScope[];
