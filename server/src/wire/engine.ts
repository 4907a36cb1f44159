import { ConfigError, type Config } from "../config.ts";
import type { Engine } from "../core/ports/engine.ts";
import type { Log } from "../core/ports/world.ts";

/** The engine that the configuration names, or null. Its libraries are loaded only then. Throws `ConfigError` if it is unfit. */
export async function openEngine({ redis, role }: Config, log: Log): Promise<Engine | null> {
  // Commands that serve nobody relay and run nothing.
  if (redis === null || (role !== "all" && role !== "api" && role !== "worker")) return null;
  const [{ openRedisEngine }, { Evicts }] = await Promise.all([import("../queues/redis/engine.ts"), import("../queues/redis/link.ts")]);
  const libraries = await librariesOf(role);
  try {
    return await openRedisEngine({ place: redis, log, libraries });
  } catch (error) {
    if (!(error instanceof Evicts)) throw error;
    throw new ConfigError(role, [{ variable: "REDIS_URL", problem: "names a Redis that may drop jobs", cure: error.message }]);
  }
}

async function librariesOf(role: Config["role"]) {
  try {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, ioredis };
  } catch (error) {
    const cure = `Install them: npm install bullmq ioredis (${(error as Error).message}).`;
    throw new ConfigError(role, [{ variable: "REDIS_URL", problem: "is set, and the packages that it needs are not there", cure }]);
  }
}
