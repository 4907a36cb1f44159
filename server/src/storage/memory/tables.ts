/** The rows of the in-memory store. One JavaScript thread is its transaction: whatever runs between two awaits is atomic. */
import type { AdminAction } from "../../core/admin-actions.ts";
import type { CheckoutSession, CheckoutSettings } from "../../core/checkout.ts";
import type * as model from "../../core/model.ts";
import type { PaymentLink } from "../../core/payment-links.ts";
import type { ApiKey, Merchant, RoutingTable } from "../../core/ports/settings.ts";
import type { Routes } from "../../core/routing/rules.ts";

export type Tables = ReturnType<typeof newTables>;

export function newTables() {
  return {
    payments: new Map<string, model.Payment>(),
    attempts: new Map<string, model.Attempt>(),
    refunds: new Map<string, model.Refund>(),
    orders: new Map<string, model.Order>(),
    exchanges: new Map<string, model.Exchange>(),
    events: new Map<string, model.MoneyEvent>(),
    deliveries: new Map<string, model.Delivery>(),
    tries: [] as model.DeliveryTry[],
    cases: new Map<string, model.Case>(),
    inbox: new Map<string, model.InboxRow>(),
    jobs: new Map<string, model.Job>(),
    idempotency: new Map<string, model.IdempotencyRow>(),
    /** `orderKey` → payment id. */
    live: new Map<string, string>(),
    merchants: new Map<string, Merchant>(),
    actions: new Map<string, AdminAction>(),
    keys: new Map<string, ApiKey & { readonly secret: string }>(),
    endpoints: new Map<string, model.Endpoint>(),
    accounts: new Map<string, model.AccountRow>(),
    /** By `scopeKey`. */
    routing: new Map<string, RoutingTable>(),
    refundLimits: new Map<string, model.RefundLimits>(),
    /** By `scopeKey`. */
    emailSettings: new Map<string, model.EmailSettings>(),
    checkouts: new Map<string, CheckoutSession>(),
    paymentLinks: new Map<string, PaymentLink>(),
    /** By `scopeKey`. */
    checkoutSettings: new Map<string, CheckoutSettings>(),
    /** By account id. */
    sweeps: new Map<string, model.Sweep>(),
    processes: new Map<string, { id: string; role: string; seenAt: model.Ms }>(),
    /** Attempt ids by payment, so that a load does not walk all attempts. The same for refunds and events. */
    byPayment: new Map<string, { attempts: string[]; refunds: string[]; events: string[] }>(),
  };
}

type PaymentLists = NonNullable<ReturnType<Tables["byPayment"]["get"]>>;

export function listsOf(tables: Tables, paymentId: string): PaymentLists {
  let lists = tables.byPayment.get(paymentId);
  if (!lists) tables.byPayment.set(paymentId, (lists = { attempts: [], refunds: [], events: [] }));
  return lists;
}

/** The rows of a payment, oldest first. */
export function ofPayment(tables: Tables, paymentId: string) {
  const { attempts, refunds, events } = listsOf(tables, paymentId);
  return {
    attempts: attempts.map((id) => tables.attempts.get(id)!),
    refunds: refunds.map((id) => tables.refunds.get(id)!),
    events: events.map((id) => tables.events.get(id)!),
  };
}

/** What the payment's snapshot shows: the cases that no answer has ended. */
export function casesOf(tables: Tables, paymentId: string): model.CaseMark[] {
  return [...tables.cases.values()]
    .filter((row) => row.paymentId === paymentId && row.resolvedBy !== "answer")
    .map(({ id, kind, subject, status, openedAt }) => ({ id, kind, subject, status, openedAt }));
}

/** The endpoints that a merchant has now, oldest first. */
export function endpointsOf(tables: Tables, scope: model.Scope): model.Endpoint[] {
  return [...tables.endpoints.values()].filter((row) => sameScope(row, scope)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What gets events: endpoints, and e-mail if it is turned on. */
export function subscribersOf(tables: Tables, scope: model.Scope): model.Subscriber[] {
  const email = tables.emailSettings.get(scopeKey(scope));
  return [...(email?.enabled ? [email] : []), ...endpointsOf(tables, scope)].map(({ id, events }) => ({ id, events }));
}

/** Where a delivery goes: to its endpoint, or to the one that stands in its place by now. */
export function endpointOf(tables: Tables, { endpointId, ...scope }: model.Scope & { readonly endpointId: string }): model.Endpoint | null {
  return (
    owned(tables.endpoints.get(endpointId), scope) ??
    endpointsOf(tables, scope).find((row) => row.predecessors.includes(endpointId)) ??
    null
  );
}

/** Null for another merchant, as if the row were not there. */
export function owned<Row extends model.Scope>(row: Row | undefined, scope: model.Scope): Row | null {
  return row && sameScope(row, scope) ? row : null;
}

export function sameScope(row: model.Scope, scope: model.Scope): boolean {
  return row.merchantId === scope.merchantId && row.mode === scope.mode;
}

/** There is at most one of a kind and subject. */
export function openCase(tables: Tables, scope: model.Scope, { kind, subject }: Pick<model.Case, "kind" | "subject">): model.Case | null {
  for (const row of tables.cases.values())
    if (row.status === "open" && row.kind === kind && row.subject === subject && sameScope(row, scope)) return row;
  return null;
}

export function keyOf({ merchantId, mode, audience, key }: model.Scope & Pick<model.IdempotencyRow, "audience" | "key">): string {
  return JSON.stringify([merchantId, mode, audience, key]);
}

export function scopeKey({ merchantId, mode }: model.Scope): string {
  return JSON.stringify([merchantId, mode]);
}

export function orderKey({ merchantId, mode }: model.Scope, orderId: string): string {
  return JSON.stringify([merchantId, mode, orderId]);
}

/** A rule of the tables was broken: a bug of ours, as a constraint violation is in PostgreSQL. */
export class ConstraintError extends Error {
  readonly constraint: string;
  constructor(constraint: string, detail: string) {
    super(`${constraint}: ${detail}`);
    this.name = "ConstraintError";
    this.constraint = constraint;
  }
}

/** False: the key is taken. */
export function claim(tables: Tables, key: model.IdempotencyRow | undefined): boolean {
  if (!key) return true;
  if (tables.idempotency.has(keyOf(key))) return false;
  tables.idempotency.set(keyOf(key), key);
  return true;
}

/** Enabled accounts by priority, and the rules that stand. */
export function routesOf(tables: Tables, scope: model.Scope): Routes {
  const accounts = [...tables.accounts.values()]
    .filter((row) => sameScope(row, scope) && row.status === "enabled")
    .sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .map(({ id, connector, priority }) => ({ id, connector, priority }));
  return { accounts, rules: tables.routing.get(scopeKey(scope))?.rules ?? [] };
}
