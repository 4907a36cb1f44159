/** Of the engines that carry the jobs. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { KafkaSecurity } from "../core/ports/kafka-security.ts";
import { flag } from "./forms.ts";
import { kafkaBrokers } from "./kafka-brokers.ts";
import type { ValuesOf, Variable } from "./read.ts";
import { redisPlace } from "./redis-url.ts";

const MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;

export const engineVariables = {
  REDIS_URL: {
    purpose:
      "Redis that [carries the jobs](engines.md) between processes, as BullMQ's queues. Give all processes the same. Without it they are claimed from the database",
    form: "redis://host:6379/0, redis-cluster://a:6379,b:6379 or redis-sentinel://a:26379,b:26379/primary; rediss for TLS",
    parse: redisPlace,
    fallback: null,
    isSecret: true,
    cure: "Use a form such as redis://user:password@redis-1:6379/0, and encode special characters in user and password: @ as %40, / as %2F.",
  },
  REDIS_CA_FILE: caFile("Certificates that vouch for that Redis over TLS. Without it, those that Node trusts"),
  KAFKA_BROKERS: {
    purpose:
      "Kafka that [carries the jobs](engines.md) between processes, by topics and consumer groups. Give all processes the same, and leave out `REDIS_URL`",
    form: "host:9092, several with commas between",
    parse: kafkaBrokers,
    fallback: null,
    cure: "Use the form kafka-1:9092,kafka-2:9092, without a scheme.",
  },
  KAFKA_PREFIX: {
    purpose: "Before the names of all [topics and groups](engines.md), where others share that Kafka. Give all processes the same",
    form: "up to 50 of letters, digits, dot, underscore and hyphen",
    parse: (text) => (/^[A-Za-z0-9._-]{1,50}$/.test(text) ? text : undefined),
    fallback: "",
    cure: "Use a name such as shop-live. and end it as it shall be followed by payments.created.",
  },
  KAFKA_SSL: flag("Speaks TLS with the brokers"),
  KAFKA_CA_FILE: caFile("Certificates that vouch for the brokers. Without it, those that Node trusts"),
  KAFKA_SASL_MECHANISM: {
    purpose: "How we sign in to the brokers. It needs `KAFKA_USERNAME` and `KAFKA_PASSWORD`; without it nobody signs in",
    form: "`plain`, `scram-sha-256` or `scram-sha-512`",
    parse: (text) => MECHANISMS.find((each) => each === text.toLowerCase()),
    fallback: null,
    cure: "Use the mechanism of the brokers' listener, such as scram-sha-512.",
  },
  KAFKA_USERNAME: { ...credential("The name that `KAFKA_SASL_MECHANISM` signs in with"), isSecret: false },
  KAFKA_PASSWORD: credential("Its password"),
} satisfies Readonly<Record<string, Variable<unknown>>>;

type Values = ValuesOf<typeof engineVariables>;
type Problem = Readonly<Record<"variable" | "problem" | "cure", string>>;

/** What carries the jobs; both null: the database itself. */
export function enginesOf(values: Values) {
  const { REDIS_URL: redis, REDIS_CA_FILE: ca, KAFKA_BROKERS: kafkaBrokers, KAFKA_PREFIX: kafkaPrefix } = values;
  return { redis: redis && { ...redis, ca }, kafkaBrokers, kafkaPrefix, kafkaSecurity: securityOf(values) };
}

/** What of these does not fit together. */
export function engineProblems(values: Values): Problem[] {
  const { REDIS_URL: redis, KAFKA_BROKERS: brokers, KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username } = values;
  const problems: Problem[] = [];
  const add = (variable: keyof Values, problem: string, cure: string): void => void problems.push({ variable, problem, cure });
  if (redis !== null && brokers !== null) add("KAFKA_BROKERS", "is set beside REDIS_URL", "Leave one out: one engine carries the jobs.");
  // Over a line without TLS they would vouch for nothing.
  if (values.REDIS_CA_FILE !== null && redis?.isTls === false)
    add("REDIS_CA_FILE", "is set, and REDIS_URL is without TLS", "Use rediss:// in REDIS_URL.");
  if (values.KAFKA_CA_FILE !== null && !values.KAFKA_SSL) add("KAFKA_CA_FILE", "is set, and KAFKA_SSL is not", "Set KAFKA_SSL=true.");
  const login = { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: values.KAFKA_PASSWORD };
  const missing = (Object.keys(login) as (keyof typeof login)[]).filter((name) => login[name] === null);
  if (missing.length === 1 || missing.length === 2)
    for (const name of missing) add(name, "is missing", "Set KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD, or none of them.");
  return problems;
}

/** Sentences about what is set and may not be meant. */
export function engineWarnings(values: Values): string[] {
  const isReadable = values.KAFKA_SASL_MECHANISM === "plain" && !values.KAFKA_SSL;
  return isReadable ? ["KAFKA_PASSWORD crosses the network as it is: set KAFKA_SSL=true, or use a scram mechanism."] : [];
}

function securityOf(values: Values): KafkaSecurity {
  const {
    KAFKA_SSL: isTls,
    KAFKA_CA_FILE: ca,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_USERNAME: username,
    KAFKA_PASSWORD: password,
  } = values;
  const hasLogin = mechanism !== null && username !== null && password !== null;
  return { isTls, ca, login: hasLogin ? { mechanism, username, password } : null };
}

function credential(purpose: string): Variable<string | null> {
  const parse = (text: string) => (text.length <= 1_000 ? text : undefined);
  return { purpose, form: "up to 1,000 characters", parse, fallback: null, isSecret: true, cure: "Use the one that the brokers know." };
}

/** The certificates themselves: read at once, so that a wrong file is named at the start with all else. */
function caFile(purpose: string): Variable<string | null> {
  const cure = "Use the path of a file that this process may read, with -----BEGIN CERTIFICATE----- in it.";
  return { purpose, form: "the path of a file with certificates in PEM form", parse: certificatesIn, fallback: null, cure };
}

const FILE_MAX = 1_000_000;

function certificatesIn(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    // Throws where the first one is none.
    return text.length <= FILE_MAX && new X509Certificate(text).subject !== undefined ? text : undefined;
  } catch {
    return undefined;
  }
}
