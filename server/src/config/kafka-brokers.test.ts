import { expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { kafkaBrokers } from "./kafka-brokers.ts";

it.each([
  ["kafka", ["kafka:9092"]],
  ["kafka-1:9093, kafka-2.example.com", ["kafka-1:9093", "kafka-2.example.com:9092"]],
  ["10.0.0.1:09092", ["10.0.0.1:9092"]],
  ["[::1]:9092", ["[::1]:9092"]],
])("brokers %s are read", (text, brokers) => {
  expect(kafkaBrokers(text)).toEqual(brokers);
});

it.each(["kafka://kafka:9092", "kafka:", "kafka:0", "kafka:65536", "kafka,", "a b", "user@kafka:9092", Array(33).fill("a").join(",")])(
  "brokers %s are refused",
  (text) => {
    expect(kafkaBrokers(text)).toBeUndefined();
  },
);

it("beside a Redis they are refused: one engine carries the jobs", () => {
  expect(readConfig({ KAFKA_BROKERS: "a:9092" }, "all").kafkaBrokers).toEqual(["a:9092"]);
  expect(() => readConfig({ REDIS_URL: "redis://a", KAFKA_BROKERS: "a:9092" }, "all")).toThrow(/KAFKA_BROKERS is set beside REDIS_URL/);
});
