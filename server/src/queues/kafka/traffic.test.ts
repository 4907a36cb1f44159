import * as kafkajs from "kafkajs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { needs } from "../../../../test/support/require-services.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import type { Engine, Message, Receipt } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import { openKafkaEngine } from "./engine.ts";
import { recordOf } from "./message.ts";
import { kafkaServer, type KafkaServer } from "./server.testing.ts";

const kafka = needs("kafka", process.env["TEST_KAFKA_BROKERS"] ?? process.env.KAFKA_BROKERS);
const broker = kafka.url.split(",")[0]!;
const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };

const message = (id: string, given: Partial<Message> = {}): Message => ({
  id,
  queue: "payment-queue",
  jobId: `job_${id}`,
  merchantId: "mer_1",
  mode: "test",
  kind: "charge",
  subject: "pay_1",
  lane: "acc_1",
  tries: 0,
  traceparent: null,
  ...given,
});
const done: Receipt = { held: Promise.resolve(), ended: Promise.resolve({ outcome: "done" }) };
const headersOf = ({ headers }: kafkajs.KafkaMessage) =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));

it("a header is written only where it has a value", () => {
  expect(recordOf(message("a")).headers).toEqual({ "event-type": "Job", "event-version": "1", "message-id": "a", kind: "charge" });
  expect(recordOf(message("a", { traceparent: "00-1-2-01" })).headers).toHaveProperty("traceparent", "00-1-2-01");
});

kafka.describe("messages in Kafka", () => {
  let server: KafkaServer;
  let engine: Engine;
  beforeEach(async () => {
    server = await kafkaServer(broker);
    engine = await server.open(quiet);
  });
  afterEach(async () => {
    server.comeBack();
    await engine.close();
    await server.close();
  });

  /** All records of a topic, as they come. */
  async function read(
    topic: string,
  ): Promise<{ readonly records: (kafkajs.KafkaMessage & { readonly partition: number })[]; end(): Promise<void> }> {
    const records: (kafkajs.KafkaMessage & { readonly partition: number })[] = [];
    const reader = server.client.consumer({ groupId: `${topic}.reader`, maxWaitTimeInMs: 200 });
    await reader.connect();
    await reader.subscribe({ topic, fromBeginning: true });
    await reader.run({ eachMessage: async ({ message: each, partition }) => void records.push({ ...each, partition }) });
    return { records, end: () => reader.disconnect() };
  }

  it("go to the partition that Java's clients choose for the payment's id", async () => {
    const expected = { pay_1: 11, pay_2: 7, "ord-42": 1, "order:1001": 10, कुंजी: 2 };
    const messages = Object.keys(expected).map((subject) => message(subject, { subject }));
    await engine.publish("payment-queue", messages, 0);
    const { records, end } = await read(server.names.places["payment-queue"].topic);
    await waitFor("all five", () => records.length === 5);
    expect(Object.fromEntries(records.map(({ key, partition }) => [String(key), partition]))).toEqual(expected);
    await end();
  });

  it("of e-mails travel apart from webhooks, with dead letters of their own, and both are taken", async () => {
    const { notifications, "webhook-queue": webhooks } = server.names.places;
    const poison = server.client.producer();
    await poison.connect();
    await poison.send({ topic: notifications.topic, messages: [{ value: "poison" }] });
    const got: string[] = [];
    engine.consume("webhook-queue", { atOnce: 10, receive: ({ jobId }) => (got.push(jobId), done) });
    const kinds = ["email", "webhook", "person-email"] as const;
    const messages = kinds.map((kind) => message(kind, { kind, queue: "webhook-queue", subject: "dlv_1" }));
    await engine.publish("webhook-queue", messages, 0);
    await waitFor("all three", () => got.length === 3);
    const [mails, hooks, dead] = [await read(notifications.topic), await read(webhooks.topic), await read(notifications.deadLetters)];
    await waitFor("the records", () => mails.records.length === 3 && hooks.records.length === 1 && dead.records.length === 1);
    expect(mails.records.flatMap((record) => headersOf(record)["kind"] ?? []).sort()).toEqual(["email", "person-email"]);
    expect(String(dead.records[0]!.value)).toBe("poison");
    await waitFor("all room", async () => (await engine.room("webhook-queue")) === 1_000);
    for (const each of [mails, hooks, dead]) await each.end();
    await poison.disconnect();
  });

  it("that are none of ours become dead letters with a reason, and those behind them are taken", async () => {
    const got: string[] = [];
    const poisoned = [TypeError, Error].map((Kind) => new Kind("poison"));
    engine.consume("payment-queue", {
      atOnce: 10,
      receive: ({ jobId }) => {
        got.push(jobId);
        return jobId === "job_bad" ? { ...done, ended: Promise.resolve({ outcome: "failed", reason: String(poisoned[0]) }) } : done;
      },
    });
    const { topic, group } = server.names.places["payment-queue"];
    const producer = server.client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    const values = ["no json", "[]", null, JSON.stringify({ version: 2, jobId: "x", lane: "y" })];
    await producer.send({ topic, messages: values.map((value) => ({ key: "pay_1", value })) });
    await engine.publish("payment-queue", [message("bad"), message("good")], 0);
    await waitFor("the good one", () => got.includes("job_good"));
    const { records, end } = await read(server.names.deadLetters);
    await waitFor("all dead letters", () => records.length === 4);
    expect(records.map((record) => [record.value && String(record.value), headersOf(record)["reason"]])).toEqual([
      ["no json", "This is no message of Tillway: it is no JSON."],
      ["[]", "This is no message of Tillway: its version is not 1."],
      [null, "This is no message of Tillway: it has no value."],
      [values[3], "This is no message of Tillway: its version is not 1."],
    ]);
    expect(headersOf(records[0]!)).toMatchObject({ topic, partition: "11", offset: "0" });
    const rows = server.buried.map(({ place, partition, position, value }) => [place, partition, position, value]);
    expect(rows).toEqual(values.map((value, n) => [topic, 11, String(n), value]));
    // Passed as a whole: nothing of it comes again.
    await waitFor("the commit", async () => {
      const [{ partitions } = { partitions: [] }] = await server.admin.fetchOffsets({ groupId: group, topics: [topic] });
      return partitions.some(({ partition, offset }) => partition === 11 && offset === "6");
    });
    expect(got).toEqual(["job_bad", "job_good"]);
    await producer.disconnect();
    await end();
  });

  it("are passed only when their rows are held, and wait while as many are worked on as may be", async () => {
    const { topic, group } = server.names.places["payment-queue"];
    const got: string[] = [];
    let hold = () => {};
    let finish = () => {};
    const held = new Promise<void>((resolve) => (hold = resolve));
    const ended = new Promise<{ readonly outcome: "done" }>((resolve) => (finish = () => resolve({ outcome: "done" })));
    engine.consume("payment-queue", { atOnce: 3, receive: ({ jobId }) => (got.push(jobId), { held, ended }) });
    await engine.publish(
      "payment-queue",
      Array.from({ length: 8 }, (_, n) => message(String(n))),
      0,
    );
    await waitFor("three", () => got.length === 3);
    await waitFor("what waits to be counted", async () => (await engine.room("payment-queue")) === 992);
    await waitFor("the metrics to show what waits", async () => (await engine.health()).messages?.["payment-queue"] === 8);
    hold();
    await waitFor("three to be passed", async () => {
      const [{ partitions } = { partitions: [] }] = await server.admin.fetchOffsets({ groupId: group, topics: [topic] });
      return partitions.some(({ offset }) => offset === "3");
    });
    expect(got).toHaveLength(3);
    finish();
    await waitFor("the rest", () => new Set(got).size === 8);
    await waitFor("all room to be back", async () => (await engine.room("payment-queue")) === 1_000);
  });

  it("are refused within a second while Kafka is away, which is seen within 5 s, as is its return; a close takes no longer", async () => {
    engine.consume("payment-queue", { atOnce: 3, receive: () => done });
    const seen = async (status: string): Promise<number> => {
      const from = performance.now();
      await waitFor(status, async () => (await engine.health()).status === status);
      return performance.now() - from;
    };
    server.goAway();
    expect(await seen("down")).toBeLessThan(5_000);
    await expect(engine.publish("payment-queue", [message("a")], 0)).rejects.toThrow("Kafka is away");
    await expect(engine.room("payment-queue")).rejects.toThrow("Kafka is away");
    server.comeBack();
    expect(await seen("ok")).toBeLessThan(5_000);
    await engine.publish("payment-queue", [message("b")], 0);
    server.goAway();
    const from = performance.now();
    await engine.close();
    expect(performance.now() - from).toBeLessThan(5_500);
  });

  it("have topics that are made at the start; one that may not be made is named, with the command that makes it", async () => {
    const { partitions } = (await server.admin.fetchTopicMetadata({ topics: [server.names.places["refund-queue"].topic] })).topics[0]!;
    expect(partitions).toHaveLength(12);
    const opened = openKafkaEngine({ brokers: [broker], log: quiet, library: kafkajs, prefix: "not/allowed.", bury: async () => {} });
    await expect(opened).rejects.toThrow(/no topic not\/allowed\..*kafka-topics\.sh .*--create --topic not\/allowed\.\S+ --partitions \d+/);
  });
});

kafka.describe("a consumer that crashed for good", () => {
  it("is replaced by another", async () => {
    const server = await kafkaServer(broker);
    let made = 0;
    class Poor extends kafkajs.Kafka {
      override consumer(config: kafkajs.ConsumerConfig): kafkajs.Consumer {
        const consumer = super.consumer(config);
        made += 1;
        if (made > 1) return consumer;
        // As kafkajs runs a handler that throws a TypeError.
        const run: kafkajs.Consumer["run"] = (given) =>
          consumer.run({ ...given, eachBatch: () => Promise.reject(new TypeError("a fault")) });
        return { ...consumer, run };
      }
    }
    const engine = await server.open(quiet, { ...kafkajs, Kafka: Poor });
    const got: string[] = [];
    engine.consume("payment-queue", { atOnce: 3, receive: ({ jobId }) => (got.push(jobId), done) });
    await engine.publish("payment-queue", [message("a")], 0);
    await waitFor("it to be received", () => got.length === 1, { timeoutMs: 20_000 });
    expect(made).toBe(2);
    await engine.close();
    await server.close();
  }, 30_000);
});
