import type { KafkaMessage, Message as KafkaJsMessage } from "kafkajs";
import type { Unreadable } from "../../core/dead-messages.ts";
import { isId, madeAt } from "../../core/ids.ts";
import type { Message } from "../../core/ports/engine.ts";
import type { ResultEvent } from "../../core/results.ts";
import type { QueueName } from "../../core/queues.ts";

const VERSION = 1;

/**
 * A job as a record. The first word of a payment is an event that other programs may read, `PaymentCreatedEvent`: docs/events/kafka says
 * what is in it. One payment's messages stay in their order: its id is the key.
 */
export function recordOf(message: Message): KafkaJsMessage {
  const event = isCreation(message) ? createdEventOf(message) : { version: VERSION, type: "Job" };
  const { traceparent } = message;
  // kafkajs cannot write a header without a value.
  const headers = {
    "event-type": event.type,
    "event-version": String(VERSION),
    "message-id": message.id,
    kind: message.kind,
    ...(traceparent ? { traceparent } : {}),
  };
  return { key: message.subject ?? null, value: JSON.stringify({ ...event, job: message }), headers };
}

function isCreation({ kind, subject }: Message): boolean {
  return kind === "charge" && isId("pay", subject);
}

function createdEventOf({ subject, merchantId, mode }: Message) {
  const created_at = new Date(madeAt(subject)).toISOString();
  return { version: VERSION, type: "PaymentCreatedEvent", payment_id: subject, merchant_id: merchantId, mode, created_at };
}

/** How an operation ended, for other programs. */
export function resultRecordOf(event: ResultEvent, traceparent: string | null): KafkaJsMessage {
  const { type, version, id, payment_id: key } = event;
  const headers = { "event-type": type, "event-version": String(version), "message-id": id, ...(traceparent ? { traceparent } : {}) };
  return { key, value: JSON.stringify(event), headers };
}

/** The message of a record, or why it is none. */
export function messageIn({ value }: Pick<KafkaMessage, "value">, queue: QueueName): Message | { readonly malformed: string } {
  if (value === null) return { malformed: "it has no value" };
  let data: unknown;
  try {
    data = JSON.parse(value.toString("utf8"));
  } catch {
    return { malformed: "it is no JSON" };
  }
  if (typeof data !== "object" || data === null) return { malformed: "it is no object" };
  const { version, job } = data as { readonly version?: unknown; readonly job?: Partial<Message> | null };
  if (version !== VERSION) return { malformed: `its version is not ${VERSION}` };
  const { jobId, lane, ...rest } = job ?? {};
  if (typeof jobId !== "string" || typeof lane !== "string") return { malformed: "it names no job" };
  if (rest.queue !== queue) return { malformed: `it is not of ${queue}` };
  return { ...(rest as Message), jobId, lane };
}

interface Found {
  readonly reason: string;
  readonly topic: string;
  readonly partition: number;
}

/** As the operator sees it. */
export function unreadableOf({ value, headers = {}, offset }: KafkaMessage, { reason, topic, partition }: Found): Unreadable {
  // A header that comes twice is an array.
  const shown = Object.entries(headers).map(([name, given]) => [name, [given ?? ""].flat().map(String).join(", ")]);
  const text = value === null ? null : value.toString("utf8");
  return { engine: "kafka", place: topic, partition, position: offset, reason, value: text, headers: Object.fromEntries(shown) };
}

/** As a dead letter: what came, as it came, with the reason and where it was. */
export function deadLetterOf(record: KafkaMessage, { reason, topic, partition }: Found) {
  const headers = { reason, topic, partition: String(partition), offset: record.offset };
  return { key: record.key, value: record.value, headers };
}
