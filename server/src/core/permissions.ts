/** What an API key may do. One table; the routes name a scope, the test matrix is generated from both. */
export const scopes = ["payments.read", "payments.write", "refunds.write", "webhooks", "config", "cases"] as const;

export type KeyScope = (typeof scopes)[number];
export type Scopes = readonly KeyScope[];

export function allows(granted: Scopes, needed: KeyScope): boolean {
  return granted.includes(needed);
}
