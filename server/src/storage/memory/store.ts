import { madeAt } from "../../core/ids.ts";
import type { Attempt, Delivery, MoneyEvent, Scope } from "../../core/model.ts";
import type { DeliveryLoad, MailLoad, Store } from "../../core/ports/store.ts";
import { memorySchedule } from "./claim.ts";
import { annotateIn, commitIn, createIn, oweAgainIn } from "./commit.ts";
import { isDeliveryOf, memoryLetters } from "./letters.ts";
import { memoryPurge } from "./purge.ts";
import {
  casesOf,
  endpointOf,
  subscribersOf,
  keyOf,
  ofPayment,
  openCase,
  orderKey,
  owned,
  routesOf,
  sameScope,
  scopeKey,
  type Tables,
} from "./tables.ts";

/** The Store port over plain maps: for the simulator and for fast tests. It loses everything with the process. */
export function memoryStore(tables: Tables): Store {
  return {
    ...memorySchedule(tables),
    ...memoryPurge(tables),
    ...sweepLookups(tables),
    create: async (creation) => createIn(tables, creation),
    commit: async (change) => commitIn(tables, change),
    load: async (scope, paymentId) => {
      const payment = owned(tables.payments.get(paymentId), scope);
      if (!payment) return null;
      const { attempts, refunds } = ofPayment(tables, paymentId);
      const endpoints = subscribersOf(tables, scope);
      return { payment, attempts, refunds, endpoints, ...routesOf(tables, scope), cases: casesOf(tables, paymentId) };
    },
    annotate: async (before, after) => annotateIn(tables, before, after),
    findIdempotent: async (scope, audience, key) => {
      const row = tables.idempotency.get(keyOf({ ...scope, audience, key }));
      if (!row) return null;
      const { subject, answerEvent, answerCloses } = row;
      const events = subject === null ? [] : ofPayment(tables, subject).events;
      const answer = events.find(({ id, closes }) => id === answerEvent || (answerCloses !== null && closes === answerCloses));
      return { row, answer: answer ? told(answer) : null, subjectExists: subject !== null && tables.payments.has(subject) };
    },
    findEvent: async (scope, paymentId, closes) =>
      ofPayment(tables, paymentId).events.find((event) => event.closes === closes && sameScope(event, scope)) ?? null,
    isKeyOfAnother: async (scope, gatewayKey) =>
      [...tables.attempts.values()].some((row) => row.gatewayKey === gatewayKey && !sameScope(row, scope)),
    findAttempt: async (accountId, { gatewayKey, reference }) => {
      const isNamed = (row: Attempt): boolean =>
        gatewayKey !== null ? row.gatewayKey === gatewayKey : reference !== null && row.gatewayReference === reference;
      return [...tables.attempts.values()].find((row) => row.accountId === accountId && isNamed(row)) ?? null;
    },
    inbox: async (scope, id) => owned(tables.inbox.get(id), scope),
    case: async (scope, by) => ("id" in by ? owned(tables.cases.get(by.id), scope) : openCase(tables, scope, by)),
    delivery: async (scope, id) => deliveryIn(tables, scope, id),
    ended: async (scope, { status, eventTypes, idFrom = "", idBefore = "~", limit, ...pick }) =>
      [...tables.deliveries.values()]
        .filter((row) => sameScope(row, scope) && row.status === status && isDeliveryOf(tables, row, pick))
        .filter((row) => eventTypes?.includes(row.eventType) ?? true)
        .filter(({ id }) => id >= idFrom && id < idBefore)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    oweAgain: async (again) => oweAgainIn(tables, again),
    ...memoryLetters(tables),
    heartbeat: async ({ id, role, now }) => {
      tables.processes.set(id, { id, role, seenAt: now });
      return now;
    },
    order: async (scope, id) => owned(tables.orders.get(id), scope),
    liveOrder: async (scope, orderId) => tables.live.get(orderKey(scope, orderId)) ?? null,
  };
}

function deliveryIn(tables: Tables, scope: Scope, id: string): DeliveryLoad | null {
  const delivery = owned(tables.deliveries.get(id), scope);
  if (!delivery) return null;
  const event = told(tables.events.get(delivery.eventId)!);
  return { delivery, endpoint: endpointOf(tables, delivery), mail: mailOf(tables, delivery), event };
}

function mailOf(tables: Tables, delivery: Delivery): MailLoad | undefined {
  if (delivery.channel !== "email") return undefined;
  const settings = tables.emailSettings.get(scopeKey(delivery)) ?? null;
  const payment = tables.payments.get(delivery.paymentId!)!;
  return { settings, merchantName: tables.merchants.get(delivery.merchantId)?.name ?? "", payment };
}

function told({
  id,
  type,
  apiVersion,
  body,
  createdAt,
}: MoneyEvent): Pick<MoneyEvent, "id" | "type" | "apiVersion" | "body" | "createdAt"> {
  return { id, type, apiVersion, body, createdAt };
}

/** What a sweep looks for. */
function sweepLookups(tables: Tables): Pick<Store, "settledAttempts" | "latestCase"> {
  return {
    settledAttempts: async (account, { from, before }, limit) =>
      [...tables.attempts.values()]
        .filter((row) => sameScope(row, account) && row.accountId === account.id && ["charge", "refund"].includes(row.operation))
        .filter(({ id, status }) => ["succeeded", "authorized"].includes(status) && madeAt(id) >= from && madeAt(id) < before)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    latestCase: async (scope, { kind, subject }) =>
      [...tables.cases.values()].filter((row) => sameScope(row, scope) && row.kind === kind && row.subject === subject).at(-1) ?? null,
  };
}
