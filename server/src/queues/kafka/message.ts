import type { KafkaMessage, Message as KafkaJsMessage } from "kafkajs";
import type { Message } from "../../core/ports/engine.ts";
import type { QueueName } from "../../core/queues.ts";

const VERSION = 1;

/** One payment's messages stay in their order: its id is the key. */
export function recordOf(message: Message): KafkaJsMessage {
  const { traceparent } = message;
  // kafkajs cannot write a header without a value.
  const headers = { "message-id": message.id, kind: message.kind, ...(traceparent ? { traceparent } : {}) };
  return { key: message.subject ?? null, value: JSON.stringify({ version: VERSION, ...message }), headers };
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
  const { version, jobId, lane, ...rest } = data as Partial<Message> & { readonly version?: unknown };
  if (version !== VERSION) return { malformed: `its version is not ${VERSION}` };
  if (typeof jobId !== "string" || typeof lane !== "string") return { malformed: "it names no job" };
  if (rest.queue !== queue) return { malformed: `it is not of ${queue}` };
  return { ...(rest as Message), jobId, lane };
}

/** As a dead letter: what came, as it came, with the reason and where it was. */
export function deadLetterOf(record: KafkaMessage, about: { readonly reason: string; readonly topic: string; readonly partition: number }) {
  const { reason, topic, partition } = about;
  const headers = { reason, topic, partition: String(partition), offset: record.offset };
  return { key: record.key, value: record.value, headers };
}
