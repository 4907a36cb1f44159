import type { Attempt, Audience, Case, CaseMark, Delivery, Scope, Snapshot } from "../../core/model.ts";
import type { DeliveryLoad, FoundIdempotent, Store } from "../../core/ports/store.ts";
import { claimIn, hurryIn, lease, overdueIn, pullIn, wakeIn } from "./claim.ts";
import { commitIn, createIn } from "./commit.ts";
import { forgetKeyIn, purgeIn } from "./purge.ts";
import { idempotencyKey, ofPayment, openCase, orderKey, sameScope, type Tables } from "./tables.ts";

/** The Store port over plain maps: for the simulator and for fast tests. It loses everything with the process. */
export function memoryStore(tables: Tables): Store {
  return {
    create: async (creation) => createIn(tables, creation),
    commit: async (change) => commitIn(tables, change),
    load: async (scope, paymentId) => loadFrom(tables, scope, paymentId),
    findIdempotent: async (scope, audience, key) => idempotentIn(tables, scope, { audience, key }),
    findEvent: async (scope, paymentId, closes) => {
      const events = ofPayment(tables, paymentId).events.map((id) => tables.events.get(id)!);
      return events.find((event) => event.closes === closes && sameScope(event, scope)) ?? null;
    },
    claim: async (wish) => claimIn(tables, wish),
    take: async (jobId, now, leaseUntil, token) => {
      const job = tables.jobs.get(jobId);
      return job && job.runAt <= now ? lease(tables, job, leaseUntil, token) : null;
    },
    overdue: async (now, againAt, limit) => overdueIn(tables, { now, againAt, limit }),
    findAttempt: async (accountId, by) => attemptIn(tables, accountId, by),
    inbox: async (scope, id) => owned(tables.inbox.get(id), scope),
    case: async (scope, by) => ("id" in by ? owned(tables.cases.get(by.id), scope) : (openCase(tables, scope, by) ?? null)),
    delivery: async (scope, id) => deliveryIn(tables, owned(tables.deliveries.get(id), scope)),
    heartbeat: async (process) => {
      tables.processes.set(process.id, { id: process.id, role: process.role, seenAt: process.now });
      return process.now;
    },
    pullJobs: async (now, byMs) => pullIn(tables, now, byMs),
    liveOrder: async (scope, orderId) => tables.live.get(orderKey(scope, orderId)) ?? null,
    wakeJobs: async (lanes, wake) => wakeIn(tables, lanes, wake),
    hurryJobs: async (lane, hurry) => hurryIn(tables, lane, hurry),
    forgetKey: async (row) => forgetKeyIn(tables, row),
    purge: async (what, before, limit) => purgeIn(tables, what, { before, limit }),
  };
}

function loadFrom(tables: Tables, scope: Scope, paymentId: string): Snapshot | null {
  const payment = owned(tables.payments.get(paymentId), scope);
  if (!payment) return null;
  const lists = ofPayment(tables, paymentId);
  return {
    payment,
    attempts: lists.attempts.map((id) => tables.attempts.get(id)!),
    refunds: lists.refunds.map((id) => tables.refunds.get(id)!),
    endpointIds: [...tables.endpoints.values()].filter((row) => sameScope(row, scope)).map((row) => row.id),
    accounts: [...tables.accounts.values()]
      .filter((row) => sameScope(row, scope) && row.status === "enabled")
      .sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
      .map(({ id, connector, priority }) => ({ id, connector, priority })),
    cases: [...tables.cases.values()].filter((row) => row.paymentId === paymentId && row.resolvedBy !== "answer").map(markOf),
  };
}

export function markOf({ id, kind, subject, status, openedAt }: Case): CaseMark {
  return { id, kind, subject, status, openedAt };
}

function idempotentIn(tables: Tables, scope: Scope, by: { audience: Audience; key: string }): FoundIdempotent | null {
  const row = tables.idempotency.get(idempotencyKey(scope, by.audience, by.key));
  if (!row) return null;
  const events = row.subject === null ? [] : ofPayment(tables, row.subject).events.map((id) => tables.events.get(id)!);
  const answer = events.find((event) => event.id === row.answerEvent || (row.answerCloses !== null && event.closes === row.answerCloses));
  return {
    row,
    answer: answer ? { id: answer.id, type: answer.type, body: answer.body, createdAt: answer.createdAt } : null,
    subjectExists: row.subject !== null && tables.payments.has(row.subject),
  };
}

function attemptIn(tables: Tables, accountId: string, by: { gatewayKey: string | null; reference: string | null }): Attempt | null {
  for (const attempt of tables.attempts.values()) {
    if (attempt.accountId !== accountId) continue;
    if (by.gatewayKey !== null ? attempt.gatewayKey === by.gatewayKey : by.reference !== null && attempt.gatewayReference === by.reference)
      return attempt;
  }
  return null;
}

function deliveryIn(tables: Tables, delivery: Delivery | null): DeliveryLoad | null {
  if (!delivery) return null;
  const event = tables.events.get(delivery.eventId)!;
  return {
    delivery,
    endpoint: tables.endpoints.get(delivery.endpointId) ?? [...tables.endpoints.values()].find((row) => sameScope(row, delivery)) ?? null,
    event: { id: event.id, type: event.type, body: event.body, createdAt: event.createdAt },
  };
}

function owned<Row extends Scope>(row: Row | undefined, scope: Scope): Row | null {
  return row && sameScope(row, scope) ? row : null;
}
