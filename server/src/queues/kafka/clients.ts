/** kafkajs with the options that were measured to lose nothing and to come back soon: each was chosen against a real broker. */
import type * as KafkaJs from "kafkajs";
import type { KafkaSecurity } from "../../core/ports/kafka-security.ts";

export interface KafkaPlace {
  readonly brokers: readonly string[];
  readonly library: typeof KafkaJs;
  /** Left out: neither TLS nor a login. */
  readonly security?: KafkaSecurity;
  /** Replaced where a test holds the line. */
  readonly socketFactory?: KafkaJs.ISocketFactory;
}

/** Whoever publishes or asks must hear in less than a second that it did not work: the rows wait for nobody. */
const SOON = { initialRetryTime: 100, maxRetryTime: 500, retries: 2 };
/** A consumer waits as long as it takes. */
const PATIENT = { initialRetryTime: 200, maxRetryTime: 1_000, retries: 100_000 };
const base = { clientId: "tillway", connectionTimeout: 1_000 };

export interface Clients {
  producer(): KafkaJs.Producer;
  admin(): KafkaJs.Admin;
  consumer(group: string): KafkaJs.Consumer;
}

export function kafkaClients({ brokers, library, security, socketFactory }: KafkaPlace): Clients {
  const { Kafka, Partitioners, logLevel } = library;
  // What matters is said by us, once: kafkajs says each try.
  const own = { ...(security ? secured(security) : {}), ...(socketFactory ? { socketFactory } : {}) };
  const common = { ...base, brokers: [...brokers], logLevel: logLevel.NOTHING, ...own };
  const quick = new Kafka({ ...common, requestTimeout: 5_000, retry: SOON });
  const patient = new Kafka({ ...common, requestTimeout: 30_000, retry: PATIENT });
  return {
    // Not idempotent: after a rejected send the client reuses its sequence number, and the broker acknowledges the next message unstored.
    producer: () =>
      quick.producer({
        idempotent: false,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        // The partition that Java's clients choose for a key.
        createPartitioner: Partitioners.DefaultPartitioner,
        retry: SOON,
      }),
    admin: () => quick.admin({ retry: SOON }),
    consumer: (groupId) =>
      patient.consumer({
        groupId,
        sessionTimeout: 10_000,
        heartbeatInterval: 1_000,
        rebalanceTimeout: 15_000,
        maxWaitTimeInMs: 500,
        allowAutoTopicCreation: false,
        retry: PATIENT,
      }),
  };
}

function secured({ isTls, ca, login }: KafkaSecurity): Pick<KafkaJs.KafkaConfig, "ssl" | "sasl"> {
  const ssl = isTls ? { ssl: ca === null ? true : { ca: [ca] } } : {};
  // Its type has one member for each mechanism.
  return { ...ssl, ...(login ? { sasl: login as KafkaJs.SASLOptions } : {}) };
}
