import { within } from "../../net/within.ts";
import type { Log } from "../../core/ports/world.ts";
import { evictingPolicies, isReady, type Connection } from "./connection.ts";

const FIRST_LOOK_MS = 2_000;

/** Says that Redis may throw away what waits. */
export class Evicts extends Error {
  constructor(policies: readonly string[]) {
    super(
      `Redis has maxmemory-policy ${policies.join(", ")}, with which it drops jobs when its memory is full. ` +
        "Set it: redis-cli config set maxmemory-policy noeviction, and the same in redis.conf.",
    );
    this.name = "Evicts";
  }
}

/** The way to Redis: whether it is there, and fit to be used. */
export interface Link {
  /** Throws what is wrong with Redis, instead of waiting for it. */
  check(): void;
}

/**
 * Waits for Redis for two seconds, to say at once if it is unfit; one that is away is waited for behind, and looked at each time it is back.
 * Throws `Evicts`.
 */
export async function openLink(connection: Connection, log: Log): Promise<Link> {
  let problem: string | null = "Redis was not reached yet";
  let isUnfit = false;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const policies = await evictingPolicies(connection);
      isUnfit = policies.length > 0;
      problem = isUnfit ? new Evicts(policies).message : null;
      if (isUnfit) log.error({ policies }, `Redis is not used. ${problem}`);
    } catch (error) {
      problem = String(error);
    } finally {
      isLooking = false;
    }
  };
  connection.on("close", () => {
    [problem, isUnfit] = ["Redis is away", false];
  });
  connection.on("ready", () => void look());
  try {
    const policies = await within(FIRST_LOOK_MS, firstLook(connection), "Redis");
    if (policies.length > 0) throw new Evicts(policies);
    problem = null;
  } catch (error) {
    if (error instanceof Evicts) throw error;
    log.warn({ error: String(error) }, "Redis is away: jobs wait in the database until it is there");
  }
  return {
    check: () => {
      if (!isReady(connection)) throw new Error("Redis is away");
      if (problem === null) return;
      // A look that failed, on a server that was slow just after it came back, says nothing: without another one nobody would use Redis again.
      if (!isUnfit) void look();
      throw new Error(problem);
    },
  };
}

async function firstLook(connection: Connection): Promise<string[]> {
  if (!isReady(connection)) await new Promise((resolve) => connection.once("ready", resolve));
  return evictingPolicies(connection);
}

/** Each outage is said once; ioredis says each try. */
export function sayOutages(connection: Connection, log: Log): void {
  let isSaid = false;
  connection.on("error", (error: Error) => {
    if (!isSaid) log.warn({ error: String(error) }, "the connection to Redis failed; it is tried again");
    isSaid = true;
  });
  connection.on("ready", () => (isSaid = false));
}
