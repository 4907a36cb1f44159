import type { Store } from "../../core/ports/store.ts";
import type { Seal } from "../seal.ts";
import { claim, hurryJobs, pullJobs, take, wakeJobs } from "./claim.ts";
import { committer } from "./commit/commit.ts";
import type { Database, Statement } from "./connect.ts";
import { creator } from "./create.ts";
import { failureOf, refusesWrites } from "./failures.ts";
import { deliveryLoader, eventFinder, loader } from "./loads.ts";
import { findAttempt, findCase, findIdempotent, heartbeat, inboxRow, liveOrder, overdue } from "./lookups.ts";
import { forgetKey, purge } from "./purge.ts";

/** The Store port over the hot pool: batches for what comes in thousands, single statements for the rest. */
export function storeOf(hot: Database, seal: Seal, writing: Database = hot): Store {
  const single = withFailures(hot);
  return {
    create: creator(writing),
    commit: committer(writing),
    load: loader(hot),
    delivery: deliveryLoader(hot, seal),
    findIdempotent: (scope, audience, key) => findIdempotent(single, scope, audience, key),
    findEvent: eventFinder(hot),
    findAttempt: (accountId, by) => findAttempt(single, accountId, by),
    claim: (wish) => claim(single, wish),
    take: (jobId, now, until, token) => take(single, jobId, { now, until, token }),
    overdue: (now, againAt, limit) => overdue(single, { now, againAt, limit }),
    inbox: (scope, id) => inboxRow(single, scope, id),
    heartbeat: (process) => heartbeat(withFailures(writing), process),
    case: (scope, by) => findCase(single, scope, by),
    pullJobs: (now, byMs) => pullJobs(single, now, byMs),
    liveOrder: (scope, orderId) => liveOrder(single, scope, orderId),
    wakeJobs: (lanes, wake) => wakeJobs(single, lanes, wake),
    hurryJobs: (lane, hurry) => hurryJobs(single, lane, hurry),
    forgetKey: (row) => forgetKey(single, row),
    purge: (what, before, limit) => purge(single, what, { before, limit }),
  };
}

/** A write that was refused for want of room is remembered for so long, unless another succeeds: no load may come to show it again. */
const REFUSAL_LASTS_MS = 10_000;

/** The database as writes see it: `refusal` is the code with which the last one was refused for want of room, null if it was not. */
export function watchWrites(database: Database): { readonly database: Database; refusal(): string | null } {
  let last: { readonly code: string; readonly atMs: number } | null = null;
  const query: Database["query"] = async (statement, values) => {
    try {
      const rows = await database.query(statement, values);
      last = null;
      return rows;
    } catch (error) {
      const code = refusesWrites(error);
      if (code !== null) last = { code, atMs: performance.now() };
      throw error;
    }
  };
  return {
    database: { ...database, query },
    refusal: () => (last !== null && performance.now() - last.atMs < REFUSAL_LASTS_MS ? last.code : null),
  };
}

/** Batches tell failures apart themselves; a single statement's failure is its caller's. */
function withFailures(database: Database): Database {
  const query = async (statement: Statement, values: readonly unknown[]) => {
    try {
      return await database.query(statement, values);
    } catch (error) {
      throw failureOf(error);
    }
  };
  return { query, warm: () => database.warm(), close: () => database.close() };
}
