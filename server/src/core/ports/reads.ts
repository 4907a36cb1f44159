import type { Case, Delivery, DeliveryTry, Payment, Attempt, Scope, Ms } from "../model.ts";
import type { PaymentStatus } from "../states/payment.ts";

/** Lists and details for people and merchants. Reads only; money decisions never use it. */
export interface Reads {
  payment(scope: Scope, id: string): Promise<{ readonly payment: Payment; readonly attempts: readonly Attempt[] } | null>;
  /** Newest first, by (created_at, id). The attempts of listed payments are not loaded. */
  payments(scope: Scope, page: Page & { readonly status?: PaymentStatus; readonly orderId?: string }): Promise<PageOf<Payment>>;
  deliveries(scope: Scope, page: Page & { readonly status?: Delivery["status"]; readonly paymentId?: string }): Promise<PageOf<Delivery>>;
  delivery(scope: Scope, id: string): Promise<{ readonly delivery: Delivery; readonly tries: readonly DeliveryTry[] } | null>;
  cases(scope: Scope, page: Page & { readonly status?: Case["status"] }): Promise<PageOf<Case>>;
  /** Processes seen lately, for health. */
  processes(since: Ms): Promise<readonly { readonly id: string; readonly role: string; readonly seenAt: Ms }[]>;
}

/** `startingAfter`: what comes after this id; `endingBefore`: what comes just before it. At most one of them. */
export interface Page {
  readonly limit: number;
  readonly startingAfter?: string;
  readonly endingBefore?: string;
}

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}
