import { ConfigError, type Config } from "../config.ts";
import type { Bury, Engine } from "../core/ports/engine.ts";
import type { KafkaSecurity } from "../core/ports/kafka-security.ts";
import type { RedisPlace } from "../core/ports/redis-place.ts";
import type { Settings } from "../core/ports/settings.ts";
import type { Clock, Log } from "../core/ports/world.ts";
import { keeperOf } from "../flows/dead-messages/keep.ts";
import { systemRandom } from "../system/random.ts";
import type { PostgresStorage } from "../storage/postgres/index.ts";
import { handOver } from "../worker/hand-over.ts";
import { createKeeper } from "../worker/keep.ts";

interface Process {
  readonly storage: Pick<PostgresStorage, "upkeep">;
  readonly clock: Clock;
  readonly log: Log;
}

interface Used {
  readonly log: Log;
  readonly bury: Bury;
}

/** The engine that the configuration names, or null. Its libraries are loaded only then. Throws `ConfigError` if it is unfit. */
export async function openEngine(
  { redis, kafkaBrokers, kafkaPrefix, kafkaSecurity, role }: Config,
  process: Process,
): Promise<Engine | null> {
  // Commands that serve nobody relay and run nothing.
  if (role !== "all" && role !== "api" && role !== "worker") return null;
  const { storage, clock, log } = process;
  const used = { log, bury: keeperOf({ deadMessages: storage.upkeep.deadMessages, clock, random: systemRandom(), log }) };
  if (redis !== null) return overRedis(redis, role, used);
  return kafkaBrokers === null ? null : overKafka({ brokers: kafkaBrokers, prefix: kafkaPrefix, security: kafkaSecurity }, role, used);
}

async function overRedis(place: RedisPlace, role: Config["role"], used: Used): Promise<Engine> {
  const [{ openRedisEngine }, { Evicts }] = await Promise.all([import("../queues/redis/engine.ts"), import("../queues/redis/link.ts")]);
  const load = async () => {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, ioredis };
  };
  const libraries = await librariesOf(load, { role, variable: "REDIS_URL", packages: "bullmq ioredis" });
  try {
    return await openRedisEngine({ place, ...used, libraries });
  } catch (error) {
    if (!(error instanceof Evicts)) throw error;
    throw new ConfigError(role, [{ variable: "REDIS_URL", problem: "names a Redis that may drop jobs", cure: error.message }]);
  }
}

async function overKafka(
  place: { readonly brokers: readonly string[]; readonly prefix: string; readonly security: KafkaSecurity },
  role: Config["role"],
  used: Used,
): Promise<Engine> {
  const [{ openKafkaEngine }, { NoTopic }] = await Promise.all([import("../queues/kafka/engine.ts"), import("../queues/kafka/topics.ts")]);
  const library = await librariesOf(() => import("kafkajs"), { role, variable: "KAFKA_BROKERS", packages: "kafkajs" });
  try {
    return await openKafkaEngine({ ...place, ...used, library });
  } catch (error) {
    if (!(error instanceof NoTopic)) throw error;
    throw new ConfigError(role, [{ variable: "KAFKA_BROKERS", problem: "names a Kafka without our topics", cure: error.message }]);
  }
}

interface Handed {
  readonly storage: Pick<PostgresStorage, "store" | "upkeep">;
  readonly engine: Engine | null;
  readonly clock: Clock;
}

/**
 * The store, whose jobs go to the engine where there is one, or begin here where a worker is; and what works beside the jobs.
 * @param track told of what is on its way, which is waited for at the end as calls are
 */
export function handedOver({ storage: { store, upkeep }, engine, clock }: Handed, log: Log, track: (work: Promise<void>) => unknown) {
  if (engine === null) {
    const { store: own, noticing, isUnderWay, ...keeping } = createKeeper({ store, clock, random: systemRandom() });
    return { store: own, noticing, besideJobs: { ...upkeep, keeping, isUnderWay } };
  }
  const { store: handing, ...told } = handOver({ store, engine, clock, log, track });
  return { store: handing, noticing: (settings: Settings) => settings, besideJobs: { ...upkeep, ...told } };
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
