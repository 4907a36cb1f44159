/** Kafka over TLS, and signed in: a broker of our own, whose certificate nobody vouches for but an authority of the test. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../../test/journeys/support/ports.ts";
import { makeCertificates } from "../../../../test/support/certificates.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { readConfig } from "../../config.ts";
import type { Message } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import { openKafkaEngine } from "./engine.ts";

/** The folder with the broker's jars. The shared services do not start one with TLS. */
const jars = process.env["TEST_KAFKA_LIB"] ?? "";
const USER = "tillway";
const PASSWORD = "a-password-of-the-test";
const START_MS = 90_000;

describe.skipIf(jars === "")("Kafka over TLS (needs TEST_KAFKA_LIB)", () => {
  const stops: (() => unknown)[] = [];
  const said: string[] = [];
  const saying = (...line: unknown[]): void => void said.push(JSON.stringify(line));
  const log: Log = { info: saying, warn: saying, error: saying };
  let ca: string;
  let tls: number;
  let sasl: number;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "tillway-kafka-"));
    stops.push(() => rmSync(folder, { recursive: true, force: true }));
    const made = makeCertificates(folder);
    ca = made.ca;
    const [tlsPort, saslPort, controller] = [await freePort(), await freePort(), await freePort()];
    [tls, sasl] = [tlsPort, saslPort];
    const settings = join(folder, "server.properties");
    writeFileSync(settings, propertiesOf({ folder, chain: made.chain, ca, tls, sasl, controller }));
    const java = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(jars, "*")];
    const scram = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((name) => ["--add-scram", `${name}=[name=${USER},password=${PASSWORD}]`]);
    execFileSync("java", [...java, "kafka.tools.StorageTool", "format", "-t", "7Yw1-pSQRAGcVgPzq8fGdA", "-c", settings, ...scram], {
      stdio: "pipe",
    });
    const broker = spawn("java", [...java, "kafka.Kafka", settings], { stdio: "ignore" });
    stops.push(() => broker.kill("SIGKILL"));
    const engine = await open(tls, {});
    await waitFor("the broker", async () => (await engine.health()).status === "ok", { timeoutMs: START_MS, pauseMs: 200 });
    await engine.close();
  }, 2 * START_MS);
  afterAll(() => {
    for (const stop of stops.splice(0).reverse()) stop();
  });

  function open(port: number, environment: object) {
    const config = readConfig({ KAFKA_BROKERS: `127.0.0.1:${port}`, KAFKA_SSL: "true", KAFKA_CA_FILE: ca, ...environment }, "all");
    const { kafkaBrokers: brokers, kafkaSecurity: security } = config;
    return openKafkaEngine({ brokers: brokers!, security, log, bury: async () => {}, library: kafkajs });
  }
  const login = (mechanism: string, password = PASSWORD) => ({
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_USERNAME: USER,
    KAFKA_PASSWORD: password,
  });

  it.each([
    ["without signing in", () => open(tls, {})],
    ["signed in by plain", () => open(sasl, login("plain"))],
    ["signed in by scram-sha-256", () => open(sasl, login("scram-sha-256"))],
    ["signed in by scram-sha-512", () => open(sasl, login("SCRAM-SHA-512"))],
  ])("carries a job %s", { timeout: 120_000 }, async (_how, opened) => {
    const engine = await opened();
    await waitFor("Kafka", async () => (await engine.health()).status === "ok", { timeoutMs: 60_000 });
    const jobId = `job_${Math.random()}`;
    const got: string[] = [];
    engine.consume("webhook-queue", {
      atOnce: 9,
      receive: (message) => (got.push(message.jobId), { held: Promise.resolve(), ended: Promise.resolve({ outcome: "done" }) }),
    });
    const message = { id: "m-1", queue: "webhook-queue", jobId, lane: "whe_1", kind: "webhook", subject: "dlv_1" } as Message;
    await engine.publish("webhook-queue", [message], 0);
    await waitFor("the job", () => got.includes(jobId), { timeoutMs: 60_000 });
    await engine.close();
    expect(said.join("\n")).not.toContain(PASSWORD);
  });

  it.each([
    ["nobody vouches for its certificate", /certificate/, () => open(tls, { KAFKA_CA_FILE: "" })],
    ["the password is wrong", /[Aa]uthentication failed/, () => open(sasl, login("plain", "wrong-password"))],
    ["the listener wants a login, and there is none", /away/, () => open(sasl, {})],
  ])("is said to be away, with the reason and no password, where %s", { timeout: 120_000 }, async (_where, reason, opened) => {
    said.length = 0;
    const engine = await opened();
    const { status, problem } = await engine.health();
    expect(status).toBe("down");
    expect(problem).toMatch(reason);
    await engine.close();
    expect(said.join("\n")).not.toMatch(/wrong-password|a-password/);
  });
});

interface Given {
  readonly folder: string;
  readonly chain: string;
  readonly ca: string;
  readonly tls: number;
  readonly sasl: number;
  readonly controller: number;
}

function propertiesOf({ folder, chain, ca, tls, sasl, controller }: Given): string {
  const listeners = `SSL://127.0.0.1:${tls},SASL_SSL://127.0.0.1:${sasl}`;
  const modules = "org.apache.kafka.common.security";
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=${listeners},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${listeners}`,
    "listener.security.protocol.map=SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
    "controller.listener.names=CONTROLLER",
    "inter.broker.listener.name=SSL",
    "ssl.keystore.type=PEM",
    `ssl.keystore.location=${chain}`,
    // A broker tries at its start whether it would trust itself.
    "ssl.truststore.type=PEM",
    `ssl.truststore.location=${ca}`,
    "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    `listener.name.sasl_ssl.plain.sasl.jaas.config=${modules}.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`,
    ...["256", "512"].map((n) => `listener.name.sasl_ssl.scram-sha-${n}.sasl.jaas.config=${modules}.scram.ScramLoginModule required;`),
    `log.dirs=${join(folder, "data")}`,
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "group.initial.rebalance.delay.ms=0",
    "",
  ].join("\n");
}
