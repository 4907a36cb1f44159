import type { Store } from "../../core/ports/store.ts";
import type { Seal } from "../seal.ts";
import { schedule } from "./claim.ts";
import { committer } from "./commit/commit.ts";
import { withFailures, type Database } from "./connect.ts";
import { creator } from "./create.ts";
import { refusesWrites } from "./failures.ts";
import { lettersOf } from "./letters.ts";
import { deliveryLoader, eventFinder, loader } from "./loads.ts";
import { heartbeat, lookupsOf } from "./lookups.ts";
import { cleanUp } from "./purge.ts";
import { recoveryOf } from "./recover.ts";

export interface Writing {
  /** The hot pool as writes see it. */
  readonly writing?: Database;
  /** See `PostgresOptions`. */
  readonly inArrays?: boolean | undefined;
}

/** The Store port over the hot pool: batches for what comes in thousands, single statements for the rest. */
export function storeOf(hot: Database, seal: Seal, { writing = hot, inArrays = false }: Writing = {}): Store {
  const single = withFailures(hot);
  return {
    ...lookupsOf(single),
    ...schedule(single),
    ...cleanUp(single),
    ...recoveryOf(single),
    ...lettersOf(single),
    create: creator(writing, inArrays),
    commit: committer(writing, inArrays),
    load: loader(hot),
    delivery: deliveryLoader(hot, seal),
    findEvent: eventFinder(hot),
    annotate: async ({ merchantId, mode, id, version }, { description, metadata }) =>
      (await single.query(annotateStatement, [merchantId, mode, id, version, description, JSON.stringify(metadata)])).length > 0,
    heartbeat: (process) => heartbeat(withFailures(writing), process),
  };
}

const annotateStatement = {
  name: "annotate",
  text: `update payments set description = $5, metadata = $6::json, version = version + 1
    where merchant_id = $1 and mode = $2 and id = $3 and version = $4 returning id`,
};

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
