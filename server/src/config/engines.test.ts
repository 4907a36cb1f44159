import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../../../test/support/certificates.ts";
import { readConfig } from "../config.ts";

describe("how engines are spoken with", () => {
  const folder = mkdtempSync(join(tmpdir(), "tillway-engines-"));
  const key = join(folder, "server.key");
  const ca = join(folder, "ca.pem");
  beforeAll(() => {
    makeCertificates(folder);
    writeFileSync(join(folder, "text"), "no certificate");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const login = { KAFKA_SASL_MECHANISM: "SCRAM-SHA-512", KAFKA_USERNAME: "tillway", KAFKA_PASSWORD: "pass word" };

  it("is read from the settings: certificates from their file, mechanisms in any letters", () => {
    const { kafkaSecurity } = readConfig({ KAFKA_BROKERS: "a:9093", KAFKA_SSL: "true", KAFKA_CA_FILE: ca, ...login }, "all");
    expect(kafkaSecurity).toEqual({
      isTls: true,
      ca: expect.stringContaining("BEGIN CERTIFICATE") as string,
      login: { mechanism: "scram-sha-512", username: "tillway", password: "pass word" },
    });
    const { redis } = readConfig({ REDIS_URL: "rediss://a", REDIS_CA_FILE: ca }, "all");
    expect(redis).toMatchObject({ isTls: true, ca: expect.stringContaining("BEGIN CERTIFICATE") as string });
  });

  it.each([
    [
      "a file that is not there",
      { KAFKA_SSL: "true", KAFKA_CA_FILE: "/nowhere/ca.pem" },
      /KAFKA_CA_FILE is .*not the path of a file with certificates/,
    ],
    ["a file without a certificate", { REDIS_URL: "rediss://a", REDIS_CA_FILE: join(folder, "text") }, /REDIS_CA_FILE is .*not the path/],
    ["a key in its place", { KAFKA_SSL: "true", KAFKA_CA_FILE: key }, /KAFKA_CA_FILE is .*not the path/],
    [
      "an authority for a Redis without TLS",
      { REDIS_URL: "redis://a", REDIS_CA_FILE: ca },
      /REDIS_CA_FILE is set, and REDIS_URL is without TLS\. Use rediss/,
    ],
    ["an authority for brokers without TLS", { KAFKA_CA_FILE: ca }, /KAFKA_CA_FILE is set, and KAFKA_SSL is not\. Set KAFKA_SSL=true/],
    [
      "a mechanism that there is not",
      { ...login, KAFKA_SASL_MECHANISM: "gssapi" },
      /KAFKA_SASL_MECHANISM is "gssapi", which is not `plain`(?!.*KAFKA_SASL_MECHANISM is missing)/s,
    ],
    [
      "a name without a password",
      { ...login, KAFKA_PASSWORD: "" },
      /KAFKA_PASSWORD is missing\. Set KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD/,
    ],
    ["a password alone", { KAFKA_PASSWORD: "x-secret-x" }, /^(?!.*x-secret-x).*KAFKA_SASL_MECHANISM is missing/s],
  ])("is refused with %s", (_what, environment, message) => {
    expect(() => readConfig(environment, "all")).toThrow(message);
  });

  it("is warned of where a password would cross the network as it is", () => {
    const plain = { ...login, KAFKA_SASL_MECHANISM: "plain" };
    expect(readConfig(plain, "all").warnings.join()).toContain("KAFKA_PASSWORD crosses the network as it is");
    expect(readConfig({ ...plain, KAFKA_SSL: "true" }, "all").warnings).toEqual([]);
    expect(readConfig(login, "all").warnings).toEqual([]);
  });
});
