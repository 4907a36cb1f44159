import { ConfigError, type Config } from "../config.ts";
import type { Engine } from "../core/ports/engine.ts";
import type { RedisPlace } from "../core/ports/redis-place.ts";
import type { Clock, Log } from "../core/ports/world.ts";
import type { Deps } from "../flows/deps.ts";
import { messageOf } from "../worker/relay.ts";

/** The engine that the configuration names, or null. Its libraries are loaded only then. Throws `ConfigError` if it is unfit. */
export async function openEngine({ redis, kafkaBrokers, kafkaPrefix, role }: Config, log: Log): Promise<Engine | null> {
  // Commands that serve nobody relay and run nothing.
  if (role !== "all" && role !== "api" && role !== "worker") return null;
  if (redis !== null) return overRedis(redis, role, log);
  return kafkaBrokers === null ? null : overKafka({ brokers: kafkaBrokers, prefix: kafkaPrefix }, role, log);
}

async function overRedis(place: RedisPlace, role: Config["role"], log: Log): Promise<Engine> {
  const [{ openRedisEngine }, { Evicts }] = await Promise.all([import("../queues/redis/engine.ts"), import("../queues/redis/link.ts")]);
  const load = async () => {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, ioredis };
  };
  const libraries = await librariesOf(load, { role, variable: "REDIS_URL", packages: "bullmq ioredis" });
  try {
    return await openRedisEngine({ place, log, libraries });
  } catch (error) {
    if (!(error instanceof Evicts)) throw error;
    throw new ConfigError(role, [{ variable: "REDIS_URL", problem: "names a Redis that may drop jobs", cure: error.message }]);
  }
}

async function overKafka(
  place: { readonly brokers: readonly string[]; readonly prefix: string },
  role: Config["role"],
  log: Log,
): Promise<Engine> {
  const [{ openKafkaEngine }, { NoTopic }] = await Promise.all([import("../queues/kafka/engine.ts"), import("../queues/kafka/topics.ts")]);
  const library = await librariesOf(() => import("kafkajs"), { role, variable: "KAFKA_BROKERS", packages: "kafkajs" });
  try {
    return await openKafkaEngine({ ...place, log, library });
  } catch (error) {
    if (!(error instanceof NoTopic)) throw error;
    throw new ConfigError(role, [{ variable: "KAFKA_BROKERS", problem: "names a Kafka without our topics", cure: error.message }]);
  }
}

/** A charge that a request waits for has its message as well, beside the work: whoever gets it finds the row taken. */
export function startsBeside(engine: Engine | null, { now }: Pick<Clock, "now">): Pick<Deps, "startsHere"> {
  if (!engine?.announce) return {};
  return { startsHere: (job) => void engine.publish(job.queue, [messageOf(job, now())], 0).catch(() => undefined) };
}

interface Needed {
  readonly role: Config["role"];
  readonly variable: string;
  readonly packages: string;
}

async function librariesOf<Libraries>(load: () => Promise<Libraries>, { role, variable, packages }: Needed): Promise<Libraries> {
  try {
    return await load();
  } catch (error) {
    const cure = `Install them: npm install ${packages} (${(error as Error).message}).`;
    throw new ConfigError(role, [{ variable, problem: "is set, and the packages that it needs are not there", cure }]);
  }
}
