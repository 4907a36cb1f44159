// The outages, in the order of the table. Each says what is broken, what it needs, and how it is broken and mended.
import { join } from "node:path";
import { sleep } from "../crash/stage.mjs";
import { install, named, redisSays } from "./servers.mjs";
import { startPatroni } from "./patroni.mjs";
import { startSentinels } from "./sentinels.mjs";

/** A server that ends by `signal`, is away, and starts again with its data. */
const away =
  (server, signal = "SIGTERM") =>
  async ({ servers, seconds }) => {
    await servers.end(server, signal);
    await sleep(seconds * 1_000);
    await servers.up(server);
  };
const killed = (pick) => async (stage) => {
  const one = pick(stage);
  await one.kill();
  await sleep(stage.seconds * 1_000);
  one.start();
};

const redis = { engine: "Redis", needs: ["redis"], settings: ({ urls }) => ({ REDIS_URL: `${urls.REDIS_URL}/5` }), isSparing: true };
const kafka = {
  engine: "Kafka",
  needs: ["kafka"],
  settings: ({ urls }, name) => ({ KAFKA_BROKERS: urls.KAFKA_BROKERS, KAFKA_PREFIX: `${name}-${Date.now().toString(36)}.` }),
};
/** MongoDB takes the exchanges after the payment, so these are the backlog. */
const audit = { needs: ["ferretdb"], beside: "select count(*) from exchanges" };

/**
 * `isSparing`: the API is to take no more than twice the time. `secondsMax`: it is to be over by then.
 * @type {Record<string, object>}
 */
export const kinds = {
  "worker-kill": { workers: 2, what: "one of two workers, `kill -9`", seconds: 10, act: killed(({ worker }) => worker[0]) },
  "api-kill": { apis: 2, what: "one of two APIs, `kill -9`; clients repeat at the other", seconds: 10, act: killed(({ api }) => api[0]) },
  "gateway-away": { what: "the gateway is down", seconds: 30, act: killed(({ gateway }) => gateway) },
  "postgres-restart": { what: "PostgreSQL crashes (`SIGQUIT`) and starts again", seconds: 0, act: away("postgres", "SIGQUIT") },
  "postgres-held": {
    what: "PostgreSQL stops answering (`SIGSTOP`)",
    seconds: 10,
    act: ({ servers, seconds }) => servers.hold("postgres", seconds * 1_000),
  },
  "postgres-failover": {
    what: "the host of the PostgreSQL primary, `kill -9`; Patroni promotes its synchronous standby",
    engine: "PostgreSQL, three nodes of Patroni",
    seconds: 0,
    secondsMax: 12,
    prepare: async (servers, stops) => {
      await install("patroni");
      const cluster = await startPatroni(join(servers.directory, "patroni"), stops);
      return { own: cluster, databaseUrl: cluster.url, settings: { DATABASE_FAILOVER_KEEPS_COMMITS: "true" } };
    },
    act: ({ own }) => own.failOver(),
  },
  "redis-flush": {
    ...redis,
    what: "Redis loses everything (`FLUSHALL`)",
    seconds: 0,
    act: ({ servers }) => redisSays(Number(new URL(servers.urls.REDIS_URL).port), "FLUSHALL"),
  },
  "redis-restart": { ...redis, what: "Redis restarts", seconds: 0, act: away("redis") },
  "redis-away": { ...redis, what: "Redis is down", seconds: 60, act: away("redis") },
  "redis-failover": {
    what: "the Redis primary, `kill -9`; three Sentinels name another",
    engine: "Redis with Sentinel",
    seconds: 0,
    isSparing: true,
    needs: ["redis"],
    prepare: async (servers, stops) => {
      await install("sentinel");
      const sentinels = await startSentinels(join(servers.directory, "sentinels"), stops);
      return { own: sentinels, settings: { REDIS_URL: sentinels.url } };
    },
    act: ({ own }) => own.failOver(),
  },
  "kafka-restart": { ...kafka, what: "Kafka restarts", seconds: 0, act: away("kafka") },
  "kafka-away": { ...kafka, what: "Kafka is down", seconds: 60, act: away("kafka") },
  "mongodb-away": {
    ...audit,
    what: "MongoDB (FerretDB) is down",
    seconds: 60,
    settings: ({ urls }, name) => ({ MONGODB_URL: named(urls.FERRETDB_URL, `${name.replaceAll("-", "_")}_${Date.now().toString(36)}`) }),
    act: away("ferretdb"),
  },
  // A mail is tried again after a minute, and then after five.
  "smtp-away": {
    what: "the mail server is down",
    seconds: 30,
    needs: ["mailpit"],
    settings: ({ urls }) => ({ SMTP_URL: urls.MAILPIT_SMTP_URL, MAIL_FROM: "payments@tillway.example" }),
    hasMail: true,
    act: away("mailpit"),
  },
  "replica-away": {
    what: "the replica that lists are read from is down",
    seconds: 30,
    needs: ["postgres-replica"],
    settings: ({ urls }, _name, database) => ({ DATABASE_REPLICA_URL: named(urls.DATABASE_REPLICA_URL, database) }),
    hasLists: true,
    act: away("postgres-replica", "SIGINT"),
  },
};
