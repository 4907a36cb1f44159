import { linkStatus } from "../../core/payment-links.ts";
import { OPEN_CASES_COUNTED_MAX } from "../../core/constants.ts";
import type { AdminAction } from "../../core/admin-actions.ts";
import type { Attempt, Case, Delivery, MoneyEvent, Ms, Payment, Scope } from "../../core/model.ts";
import type { History } from "../../core/timeline.ts";
import type {
  ActionFilter,
  AmountFilter,
  DeliveryDetail,
  Listed,
  OperatorCase,
  Page,
  PageOf,
  PaymentFilter,
  Reads,
} from "../../core/ports/reads.ts";
import { isCaseOf, isDeliveryOf } from "./letters.ts";
import { used } from "./payment-links.ts";
import { letterCountsIn } from "./letters.ts";
import { queuesIn } from "./queues.ts";
import { casesOf, endpointOf, ofPayment, owned, sameScope, type Tables } from "./tables.ts";

export function memoryReads(tables: Tables): Reads {
  return {
    payment: async (scope, id) => {
      const payment = owned(tables.payments.get(id), scope);
      if (payment === null) return null;
      const { attempts, refunds } = ofPayment(tables, id);
      return { payment, attempts, refunds, cases: casesOf(tables, id) };
    },
    payments: async (scope, page) => pageOf(mine(tables.payments, scope), page, wantedPayment(tables, page)),
    history: async (scope, id) => historyIn(tables, scope, id),
    order: async (scope, id) => owned(tables.orders.get(id), scope),
    orders: async (scope, page) => moneyPage(mine(tables.orders, scope), page, matching(page, "status", "receipt", "paymentLinkId")),
    paymentLinks: async (scope, page, now) => {
      const all = mine(tables.paymentLinks, scope).map((link) => used(tables, link));
      return pageOf(all, page, (link) => page.status === undefined || linkStatus(link, now) === page.status);
    },
    refund: async (scope, id) => owned(tables.refunds.get(id), scope),
    refunds: async (scope, page) => moneyPage(mine(tables.refunds, scope), page, matching(page, "status", "paymentId")),
    event: async (scope, id) => owned(tables.events.get(id), scope),
    events: async (scope, page) => {
      const isOfPayment = matching(page, "paymentId");
      // The order of commits is the order of this table: its places stand for ids.
      const place = new Map([...tables.events.keys()].map((id, n) => [id, String(n).padStart(9, "0")]));
      const at = (id: string | undefined) => (id === undefined ? undefined : (place.get(id) ?? id));
      const all = mine(tables.events, scope).map((event) => ({ id: place.get(event.id)!, event }));
      const moved = { limit: page.limit, startingAfter: at(page.startingAfter), endingBefore: at(page.endingBefore) };
      const isInTime = ({ id }: MoneyEvent) => id >= (page.idFrom ?? "") && (page.idBefore === undefined || id < page.idBefore);
      const found = pageOf(all, moved, ({ event }) => (page.types?.includes(event.type) ?? true) && isOfPayment(event) && isInTime(event));
      return found === "unknown_cursor" ? found : { rows: found.rows.map(({ event }) => event), hasMore: found.hasMore };
    },
    ...deliveryReads(tables),
    cases: async (scope, page) => {
      const isWanted = matching(page, "status", "kind", "paymentId");
      return pageOf(
        mine(tables.cases, scope),
        page,
        (row) => isWanted(row) && isCaseOf(tables, row, page) && (page.kinds?.includes(row.kind) ?? true),
      );
    },
    letterCounts: async (scope, wish) => letterCountsIn(tables, scope, wish),
    queues: async (scope, now) => queuesIn(tables, scope, now),
    casesOfAll: async (page) => {
      const { rows, hasMore } = sliceOf([...tables.cases.values()], page, matching(page, "status", "kind", "merchantId"));
      return { rows: rows.map((row) => withEmail(tables, row)), hasMore };
    },
    caseOfAny: async (id) => {
      const row = tables.cases.get(id);
      return row ? withEmail(tables, row) : null;
    },
    merchants: async (page) => pageOf([...tables.merchants.values()], page, () => true),
    merchant: async (id) => tables.merchants.get(id) ?? null,
    adminActions: async (scope, page) => pageOf(actionsOf(tables, scope), page, isWanted(page)),
    openCases: async () => Math.min([...tables.cases.values()].filter((row) => row.status === "open").length, OPEN_CASES_COUNTED_MAX),
    processes: async (since: Ms) => [...tables.processes.values()].filter((row) => row.seenAt >= since),
  };
}

function deliveryReads(tables: Tables): Pick<Reads, "deliveries" | "lastTries" | "delivery"> {
  return {
    deliveries: async (scope, page) => {
      const isWanted = matching(page, "status", "paymentId", "eventType", "endpointId");
      const found = pageOf(
        mine(tables.deliveries, scope),
        page,
        (row) => isWanted(row) && isOneOf(page, row) && isDeliveryOf(tables, row, page),
      );
      return found === "unknown_cursor" ? found : { ...found, rows: found.rows.map((row) => ({ ...row, to: recipientIn(tables, row) })) };
    },
    delivery: async (scope, id) => detailIn(tables, scope, id),
    lastTries: async (scope, ids) =>
      tables.tries.filter(
        (row) => sameScope(row, scope) && ids.includes(row.deliveryId) && row.n === tables.deliveries.get(row.deliveryId)?.tries,
      ),
  };
}

function actionsOf(tables: Tables, { merchantId, mode }: Scope): AdminAction[] {
  return [...tables.actions.values()].filter((row) => row.merchantId === merchantId && (row.mode === mode || row.mode === ""));
}

function isWanted({ actor, actorKind, action, subject }: ActionFilter): (row: AdminAction) => boolean {
  return (row) =>
    (actor === undefined || row.actorId === actor || row.actorKind === actor || row.actorLabel?.toLowerCase() === actor.toLowerCase()) &&
    (actorKind === undefined || row.actorKind === actorKind) &&
    (action === undefined || row.action === action || (action.endsWith(".") && row.action.startsWith(action))) &&
    (subject === undefined || row.subject === subject);
}

function detailIn(tables: Tables, scope: Scope, id: string): DeliveryDetail | null {
  const delivery = owned(tables.deliveries.get(id), scope);
  if (!delivery) return null;
  const { id: eventId, type, apiVersion, body, createdAt } = tables.events.get(delivery.eventId)!;
  const endpoint = endpointOf(tables, delivery);
  const tries = tables.tries.filter((row) => row.deliveryId === id);
  const event = { id: eventId, type, apiVersion, body, createdAt };
  return {
    delivery,
    to: recipientIn(tables, delivery),
    tries,
    event,
    url: endpoint?.url ?? null,
    apiVersion: endpoint?.apiVersion ?? null,
  };
}

function recipientIn(tables: Tables, { channel, paymentId }: Delivery): string | undefined {
  return channel === "email" ? tables.payments.get(paymentId!)?.customer?.email : undefined;
}

function historyIn(tables: Tables, scope: Scope, id: string): History | null {
  const payment = owned(tables.payments.get(id), scope);
  if (payment === null) return null;
  const about = <Row extends { readonly paymentId: string | null }>(rows: Iterable<Row>) => [...rows].filter((row) => row.paymentId === id);
  const deliveries = about(tables.deliveries.values());
  const tries = tables.tries.filter((row) => deliveries.some((delivery) => delivery.id === row.deliveryId));
  const exchanges = about(tables.exchanges.values());
  return {
    payment,
    ...ofPayment(tables, id),
    exchanges,
    deliveries,
    tries,
    cases: about(tables.cases.values()),
    requests: [],
    isCut: false,
  };
}

function withEmail(tables: Tables, row: Case): OperatorCase {
  return { ...row, merchantEmail: tables.merchants.get(row.merchantId)?.email ?? "" };
}

function mine<Row extends Scope>(rows: ReadonlyMap<string, Row>, scope: Scope): Row[] {
  return [...rows.values()].filter((row) => sameScope(row, scope));
}

/** Whether a row has what a page asks for in these fields; a field that it does not name may be anything. */
function matching<Field extends string>(page: { readonly [Name in Field]?: unknown }, ...fields: Field[]) {
  return (row: { readonly [Name in Field]: unknown }): boolean =>
    fields.every((field) => page[field] === undefined || page[field] === row[field]);
}

function isWithin({ amountMin = 0, amountMax = Infinity }: AmountFilter, { amount }: { readonly amount: number }): boolean {
  return amount >= amountMin && amount <= amountMax;
}

interface Money {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: unknown;
}

type MoneyWish<Status> = Page & AmountFilter & { readonly statuses?: readonly Status[] };

function moneyPage<Row extends Money>(rows: Row[], page: MoneyWish<Row["status"]>, isWanted: (row: Row) => boolean): Listed<Row> {
  const isOfCurrency = matching(page, "currency");
  return pageOf(rows, page, (row) => isWanted(row) && isOfCurrency(row) && isWithin(page, row) && isOneOf(page, row));
}

function isOneOf<Status>({ statuses }: { readonly statuses?: readonly Status[] }, { status }: { readonly status: Status }): boolean {
  return statuses?.includes(status) ?? true;
}

function isLastCharge({ id, attempt }: Payment, { paymentId, operation, n }: Attempt): boolean {
  return paymentId === id && operation === "charge" && n === attempt;
}

function wantedPayment(tables: Tables, page: PaymentFilter): (payment: Payment) => boolean {
  const { method, email, last4, accountId } = page;
  const isWanted = matching(page, "status", "orderId", "currency");
  const attempts = [...tables.attempts.values()];
  return (payment) =>
    isWanted(payment) &&
    isWithin(page, payment) &&
    isOneOf(page, payment) &&
    (method === undefined || payment.method?.type === method) &&
    (email === undefined || payment.customer?.email?.toLowerCase() === email.toLowerCase()) &&
    (last4 === undefined || (payment.method !== null && "last4" in payment.method && payment.method.last4 === last4)) &&
    (accountId === undefined || attempts.some((each) => isLastCharge(payment, each) && each.accountId === accountId));
}

/** Newest first. A filter may leave out the row that a page begins at. */
function pageOf<Row extends { readonly id: string }>(rows: Row[], page: Page, wanted: (row: Row) => boolean): Listed<Row> {
  const mark = page.startingAfter ?? page.endingBefore;
  if (mark !== undefined && !page.mayBeRemoved && !rows.some((row) => row.id === mark)) return "unknown_cursor";
  return sliceOf(rows, page, wanted);
}

function sliceOf<Row extends { readonly id: string }>(rows: Row[], page: Page, wanted: (row: Row) => boolean): PageOf<Row> {
  const { startingAfter, endingBefore, limit, idFrom = "", idBefore } = page;
  const isBackward = startingAfter === undefined && endingBefore !== undefined;
  const isInTime = ({ id }: Row): boolean => id >= idFrom && (idBefore === undefined || id < idBefore);
  const isOnSide = ({ id }: Row): boolean => (isBackward ? id > endingBefore : startingAfter === undefined || id < startingAfter);
  const side = rows.filter((row) => wanted(row) && isInTime(row) && isOnSide(row)).sort((a, b) => (a.id < b.id ? 1 : -1));
  const kept = isBackward ? side.slice(-limit) : side.slice(0, limit);
  return { rows: kept, hasMore: side.length > kept.length };
}
