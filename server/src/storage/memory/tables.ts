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

export type Tables = ReturnType<typeof newTables>;

export function newTables() {
  return {
    payments: new Map<string, Payment>(),
    attempts: new Map<string, Attempt>(),
    refunds: new Map<string, Refund>(),
    exchanges: new Map<string, Exchange>(),
    events: new Map<string, MoneyEvent>(),
    deliveries: new Map<string, Delivery>(),
    tries: [] as DeliveryTry[],
    cases: new Map<string, Case>(),
    inbox: new Map<string, InboxRow>(),
    jobs: new Map<string, Job>(),
    idempotency: new Map<string, IdempotencyRow>(),
    /** `orderKey` → payment id. */
    live: new Map<string, string>(),
    merchants: new Map<string, NewMerchant>(),
    keys: new Map<string, NewKey & { revokedAt: Ms | null }>(),
    endpoints: new Map<string, Endpoint>(),
    accounts: new Map<string, ConnectorAccount>(),
    processes: new Map<string, { id: string; role: string; seenAt: Ms }>(),
    /** Attempt ids by payment, so that a load does not walk all attempts. The same for refunds and events. */
    byPayment: new Map<string, { attempts: string[]; refunds: string[]; events: string[] }>(),
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

/** There is at most one of a kind and subject. */
export function openCase(tables: Tables, scope: Scope, { kind, subject }: Pick<Case, "kind" | "subject">): Case | undefined {
  for (const row of tables.cases.values())
    if (row.status === "open" && row.kind === kind && row.subject === subject && sameScope(row, scope)) return row;
  return undefined;
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
