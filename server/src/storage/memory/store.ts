import type { Attempt, MoneyEvent } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import { memorySchedule } from "./claim.ts";
import { commitIn, createIn, oweAgainIn } from "./commit.ts";
import { memoryPurge } from "./purge.ts";
import { casesOf, endpointOf, endpointsOf, keyOf, ofPayment, openCase, orderKey, owned, sameScope, type Tables } from "./tables.ts";

/** The Store port over plain maps: for the simulator and for fast tests. It loses everything with the process. */
export function memoryStore(tables: Tables): Store {
  return {
    ...memorySchedule(tables),
    ...memoryPurge(tables),
    create: async (creation) => createIn(tables, creation),
    commit: async (change) => commitIn(tables, change),
    load: async (scope, paymentId) => {
      const payment = owned(tables.payments.get(paymentId), scope);
      if (!payment) return null;
      const { attempts, refunds } = ofPayment(tables, paymentId);
      const endpoints = endpointsOf(tables, scope).map(({ id, events }) => ({ id, events }));
      const accounts = [...tables.accounts.values()]
        .filter((row) => sameScope(row, scope) && row.status === "enabled")
        .sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
        .map(({ id, connector, priority }) => ({ id, connector, priority }));
      return { payment, attempts, refunds, endpoints, accounts, cases: casesOf(tables, paymentId) };
    },
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
    findAttempt: async (accountId, { gatewayKey, reference }) => {
      const isNamed = (row: Attempt): boolean =>
        gatewayKey !== null ? row.gatewayKey === gatewayKey : reference !== null && row.gatewayReference === reference;
      return [...tables.attempts.values()].find((row) => row.accountId === accountId && isNamed(row)) ?? null;
    },
    inbox: async (scope, id) => owned(tables.inbox.get(id), scope),
    case: async (scope, by) => ("id" in by ? owned(tables.cases.get(by.id), scope) : openCase(tables, scope, by)),
    delivery: async (scope, id) => {
      const delivery = owned(tables.deliveries.get(id), scope);
      if (!delivery) return null;
      return { delivery, endpoint: endpointOf(tables, delivery), event: told(tables.events.get(delivery.eventId)!) };
    },
    ended: async (scope, { status, endpointIds, eventTypes, idFrom = "", idBefore = "~", limit }) =>
      [...tables.deliveries.values()]
        .filter((row) => sameScope(row, scope) && row.status === status && endpointIds.includes(row.endpointId))
        .filter((row) => eventTypes?.includes(row.eventType) ?? true)
        .filter(({ id }) => id >= idFrom && id < idBefore)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    oweAgain: async (again) => oweAgainIn(tables, again),
    heartbeat: async ({ id, role, now }) => {
      tables.processes.set(id, { id, role, seenAt: now });
      return now;
    },
    order: async (scope, id) => owned(tables.orders.get(id), scope),
    liveOrder: async (scope, orderId) => tables.live.get(orderKey(scope, orderId)) ?? null,
  };
}

function told({ id, type, body, createdAt }: MoneyEvent): Pick<MoneyEvent, "id" | "type" | "body" | "createdAt"> {
  return { id, type, body, createdAt };
}
