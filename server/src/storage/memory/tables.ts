/** The rows of the in-memory store. One JavaScript thread is its transaction: whatever runs between two awaits is atomic. */
import type {
  Attempt,
  Case,
  ConnectorAccount,
  Delivery,
  DeliveryTry,
  Endpoint,
  Exchange,
  IdempotencyRow,
  InboxRow,
  Job,
  MoneyEvent,
  Ms,
  Payment,
  Refund,
  Scope,
} from "../../core/model.ts";
import type { NewKey, NewMerchant } from "../../core/ports/settings.ts";

export interface Tables {
  readonly payments: Map<string, Payment>;
  readonly attempts: Map<string, Attempt>;
  readonly refunds: Map<string, Refund>;
  readonly exchanges: Map<string, Exchange>;
  readonly events: Map<string, MoneyEvent>;
  readonly deliveries: Map<string, Delivery>;
  readonly tries: DeliveryTry[];
  readonly cases: Map<string, Case>;
  readonly inbox: Map<string, InboxRow>;
  readonly jobs: Map<string, Job>;
  readonly idempotency: Map<string, IdempotencyRow>;
  /** `orderKey` → payment id. */
  readonly live: Map<string, string>;
  readonly merchants: Map<string, NewMerchant>;
  readonly keys: Map<string, NewKey & { revokedAt: Ms | null }>;
  readonly endpoints: Map<string, Endpoint>;
  readonly accounts: Map<string, ConnectorAccount>;
  readonly processes: Map<string, { id: string; role: string; seenAt: Ms }>;
  /** Attempt ids by payment, so that a load does not walk all attempts. The same for refunds and events. */
  readonly byPayment: Map<string, { attempts: string[]; refunds: string[]; events: string[] }>;
}

export function newTables(): Tables {
  return {
    payments: new Map(),
    attempts: new Map(),
    refunds: new Map(),
    exchanges: new Map(),
    events: new Map(),
    deliveries: new Map(),
    tries: [],
    cases: new Map(),
    inbox: new Map(),
    jobs: new Map(),
    idempotency: new Map(),
    live: new Map(),
    merchants: new Map(),
    keys: new Map(),
    endpoints: new Map(),
    accounts: new Map(),
    processes: new Map(),
    byPayment: new Map(),
  };
}

export function ofPayment(tables: Tables, paymentId: string): { attempts: string[]; refunds: string[]; events: string[] } {
  let lists = tables.byPayment.get(paymentId);
  if (!lists) tables.byPayment.set(paymentId, (lists = { attempts: [], refunds: [], events: [] }));
  return lists;
}

export function sameScope(row: Scope, scope: Scope): boolean {
  return row.merchantId === scope.merchantId && row.mode === scope.mode;
}

export function idempotencyKey(scope: Scope, audience: string, key: string): string {
  return JSON.stringify([scope.merchantId, scope.mode, audience, key]);
}

export function orderKey(scope: Scope, orderId: string): string {
  return JSON.stringify([scope.merchantId, scope.mode, orderId]);
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
