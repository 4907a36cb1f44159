/** Kafka's client for tests outside of this workspace, which look at topics directly. */
export * as kafkajs from "kafkajs";
