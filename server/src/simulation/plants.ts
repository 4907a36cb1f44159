/** Planted bugs: wrappers of ports, never switches in production code. A simulator that does not catch them proves nothing. */
import type { Change, CommitResult } from "../core/change.ts";
import type { Job } from "../core/model.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Call, Connector, Reply } from "../core/ports/connector.ts";
import type { Store } from "../core/ports/store.ts";
import { attemptIsOpen } from "../core/states.ts";
import type { Deps } from "../flows/deps.ts";
import type { Tables } from "../storage/memory/index.ts";
import { keepPlants } from "./keep-plants.ts";
import { mailPlants } from "./mail-plants.ts";
import { moneyPlants } from "./money-plants.ts";
import type { Plant } from "./plant.ts";

export const plants: readonly Plant[] = [
  {
    name: "timeout-is-not-sent",
    why: 'Most HTTP clients throw one error for everything. Code that takes it for "not sent" charges again at the next gateway.',
    http: (http) => ({
      send: async (request) => {
        const result = await http.send(request);
        return result.kind === "unknown" ? { kind: "not_sent", reason: result.reason, durationMs: result.durationMs } : result;
      },
    }),
  },
  {
    name: "unknown-is-declined",
    why: 'A 500 or a timeout answered as "declined": the shopper pays twice, or the merchant ships nothing for money that was taken.',
    connector: (connector) =>
      mapReplies(connector, (outcome) =>
        outcome.kind === "unknown"
          ? { kind: "declined", reference: null, declineCode: "card_declined", message: "The bank declined the payment." }
          : outcome,
      ),
  },
  {
    name: "new-key-per-send",
    why: "A key that is made with the request is new at each re-send, and the gateway's own protection against doubles is gone.",
    connector: (connector) => ({
      ...connector,
      send: (call) =>
        connector.send(
          call.attempt.sends > 1 ? withKey(call, `${call.attempt.gatewayKey.slice(0, 28)}${call.attempt.sends}`.padEnd(32, "x")) : call,
        ),
    }),
  },
  {
    name: "unconditional-update",
    why: "`UPDATE … WHERE id = $1` without the version: the slower of two decisions overwrites what the faster one decided.",
    store: (store, tables) => ({ ...store, commit: (change) => store.commit(withoutGuard(change, tables)) }),
  },
  {
    name: "no-outbox",
    why: "State first, jobs and deliveries in a second statement: a crash between them leaves a payment that nobody works on or hears of.",
    deps: (deps) => ({ ...deps, store: { ...deps.store, commit: (change) => inTwoSteps(deps.store, change) } }),
  },
  {
    name: "idempotency-beside",
    why: "The key looked up before and written after the payment: two parallel requests both find it free and make two payments.",
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        create: async (creation) => {
          const { idempotency: row } = creation;
          if (row && (await deps.store.findIdempotent(row, row.audience, row.key))) return "duplicate";
          const created = await deps.store.create({ ...creation, idempotency: null });
          if (row && created === "applied") await deps.store.commit({ merchantId: row.merchantId, mode: row.mode, idempotency: row });
          return created;
        },
      },
    }),
  },
  {
    name: "acknowledged-before-commit",
    why: "Answered before the write is durable (`synchronous_commit = off`, a write behind): a crash loses what the merchant was promised.",
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        create: async (creation) => {
          const row = creation.idempotency;
          if (row && (await deps.store.findIdempotent(row, row.audience, row.key))) return "duplicate";
          deps.store.create(creation).catch(() => undefined);
          return "applied";
        },
      },
    }),
  },
  {
    name: "contradiction-ignored",
    why: 'A webhook about something that is over looks like a late duplicate; the one that says "captured after all" looks the same.',
    store: (store, tables) => ({
      ...store,
      commit: async (change) => {
        const row = change.inbox?.insert?.[0];
        if (row && [...tables.attempts.values()].some((attempt) => row.body.includes(attempt.gatewayKey) && !attemptIsOpen(attempt.status)))
          return "applied";
        return store.commit(change);
      },
    }),
  },
  {
    name: "sweep-of-open-attempts",
    why: "What is closed looks settled; but only a gateway that never takes a word back leaves it so, and its webhook may be lost.",
    deps: (deps) => ({
      ...deps,
      connectors: new Map([...deps.connectors].map(([name, connector]) => [name, { ...connector, list: openOnly(deps, connector) }])),
    }),
  },
  {
    name: "leases-never-end",
    why: 'A job marked "running" without an end: whoever dies with it takes the payment along.',
    store: (store) => ({ ...store, claim: (request) => store.claim({ ...request, leaseUntil: request.now + 1_000 * 365 * 86_400_000 }) }),
  },
  {
    name: "hasty-not-found",
    foundBy: 782,
    why: '"Not found" believed at once: the gateway\'s search lags, or the request is still on its way, and the next attempt charges again.',
    connector: (connector) => ({ ...connector, capabilities: { ...connector.capabilities, settleTimeMs: 0 } }),
  },
  {
    name: "cancel-believed",
    foundBy: 412,
    why: "A cancel that brought no refusal taken for a confirmed one: what was charged meanwhile stays charged, under a canceled payment.",
    connector: (connector) => ({
      ...connector,
      cancel: async (call) => {
        const reply = await connector.cancel(call);
        return reply.outcome.kind === "unknown" || reply.outcome.kind === "pending"
          ? { ...reply, outcome: { kind: "canceled", reference: null } }
          : reply;
      },
    }),
  },
  {
    name: "delivered-without-sending",
    why: "A queue's \"accepted\" taken for the receiver's 2xx: the log says delivered, the merchant never heard of it.",
    channel: () => ({
      send: async () => ({ ok: true, statusCode: 200, response: null, error: null, durationMs: 0, retryAfterMs: null, gone: false }),
    }),
  },
  {
    name: "nothing-owed-while-off",
    why: "Deliveries written for endpoints that are switched on only: what happens during a deployment of the receiver is lost.",
    store: (store, tables) => ({
      ...store,
      load: async (scope, id) => {
        const snapshot = await store.load(scope, id);
        return (
          snapshot && { ...snapshot, endpoints: snapshot.endpoints.filter((one) => tables.endpoints.get(one.id)?.status === "enabled") }
        );
      },
    }),
  },
  {
    name: "rotation-without-its-key",
    why: "A new secret that is not kept under the idempotency key: the repeat after a lost answer makes another, and the one shown first is dead.",
    deps: (deps) => ({
      ...deps,
      settings: {
        ...deps.settings,
        changeEndpoint: (before, after) => deps.settings.changeEndpoint(before, after),
        rotateKey: (before, endsAt, next) => deps.settings.rotateKey(before, endsAt, next),
      },
    }),
  },
  {
    name: "order-looked-up",
    why: "An order that is looked up and not claimed: two payments of it at once find it free, and the shopper pays twice.",
    store: (store, tables) => ({
      ...store,
      create: (creation) => {
        tables.live.clear();
        return store.create(creation);
      },
    }),
  },
  {
    name: "refunds-not-reserved",
    why: "Refunds held against what was given back, and not against what is on its way: several at once give back more than was taken.",
    store: (store) => ({
      ...store,
      load: async (scope, id) => {
        const snapshot = await store.load(scope, id);
        return snapshot && { ...snapshot, payment: { ...snapshot.payment, refundReserved: 0 } };
      },
    }),
  },
  ...moneyPlants,
  ...mailPlants,
  ...keepPlants,
  {
    name: "short-leases",
    why: "Two processes at the same attempt cannot hurt: whoever settles is guarded, and the gateway knows the key.",
    harmless: true,
    store: (store) => ({ ...store, claim: (request) => store.claim({ ...request, leaseUntil: request.now + 12_000 }) }),
  },
  {
    name: "redelivered-jobs",
    why: "A job that is handed out twice is done once: guarded commits and one key per attempt see to it.",
    harmless: true,
    store: (store) => {
      let again: readonly Job[] = [];
      return {
        ...store,
        claim: async (request) => {
          const claimed = await store.claim(request);
          const jobs = [...claimed.jobs, ...again.filter((job) => job.queue === request.queue)];
          again = claimed.jobs;
          return { ...claimed, jobs };
        },
      };
    },
  },
];

export function plantNamed(name: string): Plant | undefined {
  return plants.find((plant) => plant.name === name);
}

function mapReplies(connector: Connector, map: (outcome: Outcome) => Outcome): Connector {
  const mapped = async (reply: Promise<Reply>): Promise<Reply> => {
    const { outcome, exchanges } = await reply;
    return { outcome: map(outcome), exchanges };
  };
  return { ...connector, send: (call) => mapped(connector.send(call)) };
}

function withKey(call: Call, gatewayKey: string): Call {
  return { ...call, attempt: { ...call.attempt, gatewayKey } };
}

/** Decided on an old row, and applied to the row as it is now. */
function withoutGuard(change: Change, tables: Tables): Change {
  const stored = change.payment && tables.payments.get(change.payment.before.id);
  if (!change.payment || !stored) return change;
  const { status, version, attempt } = stored;
  return { ...change, payment: { ...change.payment, before: { ...change.payment.before, status, version, attempt } } };
}

async function inTwoSteps(store: Store, change: Change): Promise<CommitResult> {
  const { merchantId, mode, deliveries, jobs } = change;
  if (!jobs?.insert?.length) return store.commit(change);
  const first = await store.commit({ ...change, deliveries: {}, jobs: { ...jobs, insert: [] } });
  if (first === "applied")
    await store.commit({ merchantId, mode, deliveries: { insert: deliveries?.insert }, jobs: { insert: jobs.insert } });
  return first;
}

/** A list without what our attempts have closed. */
function openOnly(deps: Deps, connector: Connector): NonNullable<Connector["list"]> {
  return async (account, query) => {
    const reply = await connector.list!(account, query);
    if (!reply.ok) return reply;
    const attempts = await Promise.all(reply.entries.map((entry) => deps.store.findAttempt(account.id, entry)));
    return { ...reply, entries: reply.entries.filter((_, n) => attempts[n] === null || attemptIsOpen(attempts[n]!.status)) };
  };
}
