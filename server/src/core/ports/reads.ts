import type { CasePick, DeliveryPick } from "../dead-letters.ts";
import type { ActorKind, AdminAction } from "../admin-actions.ts";
import type { CaseKind } from "../case-kinds.ts";
import type { EventType } from "../events.ts";
import type { Case, CaseMark, Delivery, DeliveryTry, MoneyEvent, Order, Payment, Attempt, Refund, Scope, Ms } from "../model.ts";
import type { DeliveryLoad } from "./store.ts";
import type { LinkStatus, UsedLink } from "../payment-links.ts";
import type { QueueName } from "../queues.ts";
import type { MethodType } from "../methods/method.ts";
import type { Merchant } from "./settings.ts";
import type { History } from "../timeline.ts";
import type { OrderStatus, PaymentStatus, RefundStatus } from "../states.ts";

/** Lists and details for people and merchants. Reads only; money decisions never use it. */
export interface Reads {
  payment(scope: Scope, id: string): Promise<PaymentDetail | null>;
  /** Newest first, by id and so by time, as all lists. The attempts of listed payments are not loaded. */
  payments(scope: Scope, page: Page & PaymentFilter): Promise<Listed<Payment>>;
  /** All that is kept about it, for its timeline. */
  history(scope: Scope, id: string): Promise<History | null>;
  order(scope: Scope, id: string): Promise<Order | null>;
  orders(
    scope: Scope,
    page: Page &
      AmountFilter & {
        readonly status?: OrderStatus;
        readonly statuses?: readonly OrderStatus[];
        readonly receipt?: string;
        readonly paymentLinkId?: string;
      },
  ): Promise<Listed<Order>>;
  paymentLinks(scope: Scope, page: Page & { readonly status?: LinkStatus }, now: Ms): Promise<Listed<UsedLink>>;
  refund(scope: Scope, id: string): Promise<Refund | null>;
  refunds(
    scope: Scope,
    page: Page &
      AmountFilter & { readonly status?: RefundStatus; readonly statuses?: readonly RefundStatus[]; readonly paymentId?: string },
  ): Promise<Listed<Refund>>;
  event(scope: Scope, id: string): Promise<MoneyEvent | null>;
  /** Newest first in the order of commits: whoever goes on before the newest that was read misses none and reads none twice. */
  events(scope: Scope, page: Page & { readonly types?: readonly EventType[]; readonly paymentId?: string }): Promise<Listed<MoneyEvent>>;
  deliveries(scope: Scope, page: Page & DeliveryFilter): Promise<Listed<ListedDelivery>>;
  /** The last try of each of these deliveries; of one that was never tried, none. */
  lastTries(scope: Scope, deliveryIds: readonly string[]): Promise<readonly DeliveryTry[]>;
  delivery(scope: Scope, id: string): Promise<DeliveryDetail | null>;
  cases(
    scope: Scope,
    page: Page & CasePick & Omit<CaseFilter, "merchantId"> & { readonly paymentId?: string; readonly kinds?: readonly CaseKind[] },
  ): Promise<Listed<Case>>;
  /** How many dead letters there are, of the newest `DEAD_LETTERS_COUNTED_MAX` jobs and of as many deliveries. */
  letterCounts(scope: Scope, wish: LetterCountsWish): Promise<LetterCounts>;
  /** What waits of this merchant and what was done lately, by queue. Every count has a bound. */
  queues(scope: Scope, now: Ms): Promise<readonly QueueState[]>;
  /** For the operator: over all merchants, newest first. A cursor that names nothing begins at its place in the order. */
  casesOfAll(page: Omit<Page, "endingBefore"> & CaseFilter): Promise<PageOf<OperatorCase>>;
  caseOfAny(id: string): Promise<OperatorCase | null>;
  /** For the operator, newest first. */
  merchants(page: Page): Promise<Listed<Merchant>>;
  merchant(id: string): Promise<Merchant | null>;
  /** Newest first. Those that belong to no mode are in the lists of both. */
  adminActions(scope: Scope, page: Page & ActionFilter): Promise<Listed<AdminAction>>;
  /** How many are open, over all merchants; counted up to `OPEN_CASES_COUNTED_MAX`. */
  openCases(): Promise<number>;
  /** Processes seen lately, for health. */
  processes(since: Ms): Promise<readonly { readonly id: string; readonly role: string; readonly seenAt: Ms }[]>;
}

export interface ActionFilter {
  /** The id of a person or key, their label (an e-mail address, however it is capitalised), or a kind of actor. */
  readonly actor?: string;
  readonly actorKind?: ActorKind;
  /** With a dot at its end: all of a noun. */
  readonly action?: string;
  readonly subject?: string;
}

export interface PaymentDetail {
  readonly payment: Payment;
  readonly attempts: readonly Attempt[];
  readonly refunds: readonly Refund[];
  /** The open ones, and those that a person resolved. */
  readonly cases: readonly CaseMark[];
}

export interface AmountFilter {
  readonly currency?: string;
  /** In minor units, both included. */
  readonly amountMin?: number;
  readonly amountMax?: number;
}

/** All that is given must hold. */
export interface PaymentFilter extends AmountFilter {
  readonly status?: PaymentStatus;
  /** One of several. */
  readonly statuses?: readonly PaymentStatus[];
  readonly orderId?: string;
  readonly method?: MethodType;
  /** Of the customer, whatever its capitals. */
  readonly email?: string;
  readonly last4?: string;
  /** The charge that counts, the last one, was sent over this account. */
  readonly accountId?: string;
}

export interface DeliveryFilter extends DeliveryPick {
  readonly status?: Delivery["status"];
  /** One of several. */
  readonly statuses?: readonly Delivery["status"][];
  readonly eventType?: Delivery["eventType"];
  readonly endpointId?: string;
  readonly paymentId?: string;
}

/** `to`: the recipient of an e-mail. */
export type ListedDelivery = Delivery & { readonly to?: string };

export interface DeliveryDetail {
  /** The recipient of an e-mail. */
  readonly to?: string;
  readonly delivery: Delivery;
  readonly tries: readonly DeliveryTry[];
  /** What its bytes are made of. */
  readonly event: DeliveryLoad["event"];
  /** Where it goes by now; null if its endpoint was deleted. */
  readonly url: string | null;
  /** In which version it goes there; null if its endpoint was deleted. */
  readonly apiVersion: string | null;
}

type IdSpan = Pick<Page, "idFrom" | "idBefore">;

export interface LetterCountsWish {
  readonly kinds: readonly CaseKind[];
  readonly cases: CasePick & IdSpan;
  /** Null: none are asked for. */
  readonly deliveries: (DeliveryPick & IdSpan) | null;
}

export interface LetterCounts {
  /** A row of each kind that was asked for. */
  readonly cases: readonly { readonly kind: CaseKind; readonly count: number }[];
  /** There are more than are looked at, so each count says "at least". */
  readonly casesAreCapped: boolean;
  readonly deliveries: number;
  readonly deliveriesAreCapped: boolean;
}

export interface QueueState {
  readonly queue: QueueName;
  /** Due and free, waiting for their time, and held by a worker: together at most `QUEUE_COUNTED_MAX`, the earliest of each lane first. */
  readonly due: number;
  readonly scheduled: number;
  readonly leased: number;
  /** There are more jobs or dead letters than are counted. */
  readonly isCapped: boolean;
  /** Null: nothing is due. */
  readonly oldestDueAt: Ms | null;
  readonly deadLetters: number;
  /** Operations (of webhooks: deliveries) that have ended since `finishedSince`. */
  readonly finished: number;
  readonly finishedSince: Ms;
}

export type OperatorCase = Case & { readonly merchantEmail: string };

export interface CaseFilter {
  readonly status?: Case["status"];
  readonly kind?: CaseKind;
  readonly merchantId?: string;
}

/**
 * `startingAfter`: what comes after this id; `endingBefore`: what comes just before it. At most one of them. What comes before a row is
 * what was committed after it, so that a reader of what is new misses nothing (docs/decisions/0034).
 */
export interface Page {
  readonly limit: number;
  readonly startingAfter?: string;
  readonly endingBefore?: string;
  /** Only rows whose id is not before this one … */
  readonly idFrom?: string;
  /** … and before this one: ids begin with their time. */
  readonly idBefore?: string;
  /** The clean-up may have removed the row that the id named: then the page begins at its place in the order. */
  readonly mayBeRemoved?: boolean;
}

/** `unknown_cursor`: the id beside which the page lies names no row of this scope. */
export type Listed<Row> = PageOf<Row> | "unknown_cursor";

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}
