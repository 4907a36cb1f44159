import { ATTEMPTS_PER_PAYMENT_MAX } from "./constants.ts";
import type { Context } from "./change.ts";
import type { Attempt, Snapshot } from "./model.ts";

export interface Route {
  readonly accountId: string;
  readonly connector: string;
  readonly routing: Attempt["routing"];
}

/**
 * The account for the next charge: enabled accounts by priority that can take this method and currency and were not tried yet; after a
 * technical failure that proved no charge also the last one again. Null: no route, or the payment has had its attempts.
 * The order is a pure function of the merchant's accounts, so a restored database repeats the same choice.
 */
export function chooseRoute(snapshot: Snapshot, again: Attempt | null, context: Context): Route | null {
  const charges = snapshot.attempts.filter((attempt) => attempt.operation === "charge");
  if (charges.length >= ATTEMPTS_PER_PAYMENT_MAX) return null;
  const tried = new Set(charges.map((attempt) => attempt.accountId));
  const able = snapshot.accounts.filter((account) => canCharge(snapshot, account.connector, context));
  const fresh = able.find((account) => !tried.has(account.id));
  if (fresh) {
    const reason = tried.size === 0 ? "first by priority" : "next by priority, the earlier ones are proven not to have charged";
    return { accountId: fresh.id, connector: fresh.connector, routing: { rule: "priority", reason } };
  }
  const same = again && able.find((account) => account.id === again.accountId);
  return same
    ? {
        accountId: same.id,
        connector: same.connector,
        routing: { rule: "priority", reason: "again, the last attempt is proven not to have charged" },
      }
    : null;
}

/** A token is worth something to the connector that made it, and to nobody else. */
function canCharge({ payment }: Snapshot, connector: string, context: Context): boolean {
  const capabilities = context.capabilities(connector);
  const { method, currency } = payment;
  if (!capabilities?.operations.includes("charge") || method === null || !capabilities.methods.includes(method.type)) return false;
  if (method.type === "card" && method.connector !== connector) return false;
  return capabilities.currencies === "all" || capabilities.currencies.includes(currency);
}
