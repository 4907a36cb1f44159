/** From `REDIS_URL` to connections of ioredis: one server, a cluster, or a primary that Sentinels name. */
import type * as IoRedis from "ioredis";
import type { RedisPlace } from "../../core/ports/redis-place.ts";

export type Connection = IoRedis.Redis | IoRedis.Cluster;

/**
 * What both kinds of connection agree on; a server that was away is found within a second. One that takes a command and says nothing any more (its
 * machine is gone, or the way to it was forgotten) is left: BullMQ blocks for ten seconds at most.
 */
const base = {
  connectTimeout: 5_000,
  keepAlive: 10_000,
  socketTimeout: 15_000,
  retryStrategy: (times: number) => Math.min(100 * times, 1_000),
};
/** Whoever publishes must hear within seconds that it did not work: the rows wait for nobody. */
const publishing = { ...base, maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 3_000 };
/** A worker waits as long as it takes. */
const consuming = { ...base, maxRetriesPerRequest: null };

/** @param purpose what the connection is for: see the options above */
export function connectRedis(ioredis: typeof IoRedis, place: RedisPlace, purpose: "publish" | "consume"): Connection {
  const own = purpose === "publish" ? publishing : consuming;
  const login = { username: place.username, password: place.password, ...(place.isTls ? { tls: place.ca ? { ca: place.ca } : {} } : {}) };
  const options = { ...own, ...login, db: place.database };
  if (place.kind === "cluster") {
    return new ioredis.Cluster([...place.hosts], {
      clusterRetryStrategy: base.retryStrategy,
      enableOfflineQueue: purpose === "consume",
      // What a node cannot do is not tried elsewhere for long: whoever publishes hears of it.
      maxRedirections: 16,
      redisOptions: { ...own, ...login },
    });
  }
  if (place.kind === "sentinel") {
    return new ioredis.Redis({
      ...options,
      sentinels: [...place.hosts],
      name: place.primary,
      sentinelRetryStrategy: base.retryStrategy,
      ...(place.isTls ? { enableTLSForSentinelMode: true } : {}),
    });
  }
  return new ioredis.Redis({ ...options, ...place.hosts[0] });
}

/** True if a command would go out now. */
export function isReady(connection: Connection): boolean {
  return connection.status === "ready";
}

/** The eviction policies of all primaries that differ from `noeviction`, with which Redis may throw away what waits. Rejects while it is away. */
export async function evictingPolicies(connection: Connection): Promise<string[]> {
  const nodes = "nodes" in connection ? connection.nodes("master") : [connection];
  const infos = await Promise.all(nodes.map((node) => node.info("memory")));
  // Not `CONFIG GET`: hosted servers refuse it.
  const policies = infos.map((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "unknown");
  return [...new Set(policies)].filter((policy) => policy !== "noeviction");
}
