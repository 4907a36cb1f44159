import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError, publicUrlOf, readConfig, type Environment, type Role } from "./config.ts";
import { DAY_MS, WEBHOOK_SCHEDULE_MS, WEBHOOK_TEST_SCHEDULE_MS } from "./core/constants.ts";

const KEY_HEX = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const COMPLETE: Environment = {
  DATABASE_URL: "postgres://u:pw@db.example/tillway",
  TILLWAY_MASTER_KEY: KEY_HEX,
  SANDBOX_URL: "http://127.0.0.1:8001",
};

const UNSET = Object.fromEntries(
  "publicUrl checkoutUrl dashboardUrl databaseUrl masterKey operatorKey requestsPerSecond tracesEndpoint redis"
    .split(" ")
    .map((name) => [name, null]),
);
const LISTENS = { host: "127.0.0.1", apiPort: 8000, checkoutPort: 3001, dashboardPort: 3000, dashboardIdleMs: 900_000, trustedProxies: [] };

function problemsOf(environment: Environment, role: Role = "all"): ConfigError {
  try {
    readConfig(environment, role);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("an empty environment", () => {
  it("is enough for the all-in-one process", () => {
    expect(readConfig({}, "all")).toEqual({
      role: "all",
      homeDir: resolve(".tillway"),
      markDir: resolve(".tillway"),
      failoverKeepsCommits: false,
      ...LISTENS,
      kafkaBrokers: null,
      kafkaPrefix: "",
      kafkaSecurity: { isTls: false, ca: null, login: null },
      replicaUrls: [],
      mongodbUrl: null,
      ...UNSET,
      logLevel: "info",
      metrics: { token: null, port: null },
      mail: { smtpUrl: null, sender: "payments@localhost", captures: true, operations: null },
      testMode: false,
      gateways: expect.any(Object) as object,
      sandbox: {
        url: null,
        port: 8001,
        settings: {
          delayMs: 5000,
          successRate: 0.8,
          upiSuccessRate: null,
          cardSuccessRate: null,
          delayMinMs: null,
          delayMaxMs: null,
          test: null,
          mock: null,
          flaky: null,
          findLagMs: 0,
          seed: "",
        },
      },
      flow: {
        webhookScheduleMs: WEBHOOK_SCHEDULE_MS,
        webhookJitter: true,
        webhookBreaker: true,
        retention: { exchangesMs: 180 * DAY_MS, deliveriesMs: 90 * DAY_MS },
        allowLoopback: true,
        allowedNetworks: [],
      },
      warnings: [],
    });
  });

  it.each([
    ["all", []],
    ["gateway", []],
    ["migrate", ["DATABASE_URL"]],
    ["merchant", []],
    ["api", ["DATABASE_URL", "TILLWAY_MASTER_KEY"]],
    ["worker", ["DATABASE_URL", "TILLWAY_MASTER_KEY"]],
  ] as const)("names at once what `tillway %s` needs: %j", (role, missing) => {
    if (missing.length === 0) return expect(readConfig({}, role).role).toBe(role);
    for (const environment of [{}, Object.fromEntries(missing.map((name) => [name, "  "]))]) {
      const error = problemsOf(environment, role);
      expect(error.problems.map(({ variable, problem }) => [variable, problem])).toEqual(missing.map((name) => [name, "is missing"]));
      for (const name of missing) expect(error.message).toContain(`  ${name} is missing. `);
      expect(error.problems.every(({ cure }) => cure.endsWith("."))).toBe(true);
    }
    expect(readConfig(COMPLETE, role).databaseUrl).toBe(COMPLETE.DATABASE_URL);
  });
});

describe("a full environment", () => {
  it("is read as it stands", () => {
    const config = readConfig(
      {
        ...COMPLETE,
        TILLWAY_HOME: "/var/lib/tillway",
        HOST: "0.0.0.0",
        API_PORT: "0",
        PUBLIC_URL: "https://pay.example.com/",
        SANDBOX_URL: "http://sandbox:9000/",
        SANDBOX_PORT: "9001",
        SANDBOX_DELAY_MS: "0",
        SANDBOX_SUCCESS_RATE: "1",
        UPI_SUCCESS_RATE: "0.9",
        CARD_SUCCESS_RATE: ".95",
        PROCESSING_DELAY_MIN: "5000",
        PROCESSING_DELAY_MAX: "10000",
        SANDBOX_MOCK: "insufficient-funds",
        SANDBOX_FLAKY: "timeout-after:0.25:tuesday-2",
        SANDBOX_FIND_LAG_MS: "2000",
        SANDBOX_SEED: "seed_1",
        TEST_MODE: "TRUE",
        TEST_PROCESSING_DELAY: "0",
        TEST_PAYMENT_SUCCESS: "false",
        WEBHOOK_RETRY_INTERVALS_TEST: "1",
        LOG_LEVEL: "WARN",
      },
      "api",
    );
    expect(config).toMatchObject({
      homeDir: "/var/lib/tillway",
      host: "0.0.0.0",
      apiPort: 0,
      publicUrl: "https://pay.example.com",
      logLevel: "warn",
      sandbox: {
        url: "http://sandbox:9000",
        port: 9001,
        settings: {
          delayMs: 0,
          successRate: 1,
          upiSuccessRate: 0.9,
          cardSuccessRate: 0.95,
          delayMinMs: 5000,
          delayMaxMs: 10000,
          test: { delayMs: 0, succeeds: false },
          mock: "insufficient-funds",
          flaky: { kind: "timeout-after", rate: 0.25, seed: "tuesday-2" },
          findLagMs: 2000,
          seed: "seed_1",
        },
      },
      flow: { webhookScheduleMs: WEBHOOK_TEST_SCHEDULE_MS, webhookJitter: false, webhookBreaker: false, allowLoopback: true },
      warnings: [],
    });
    expect(
      Object.isFrozen(config) &&
        Object.isFrozen(config.sandbox) &&
        Object.isFrozen(config.sandbox.settings.test) &&
        Object.isFrozen(config.flow),
    ).toBe(true);
  });

  it.each([
    "mongodb://db.example",
    "mongodb://u:p%40ss@a.example:27017,b.example:27018/tillway?replicaSet=rs0&authSource=admin",
    "mongodb+srv://u@cluster.example/?retryWrites=false",
  ])("takes %s as it is", (url) => {
    expect(readConfig({ MONGODB_URL: url }, "all").mongodbUrl).toBe(url);
  });

  it.each([
    KEY_HEX,
    KEY_HEX.toUpperCase(),
    Buffer.from(KEY_HEX, "hex").toString("base64"),
    Buffer.from(KEY_HEX, "hex").toString("base64").replace("=", ""),
  ])("takes the master key %s for the same 32 bytes", (text) => {
    expect(Buffer.from(readConfig({ TILLWAY_MASTER_KEY: text }, "all").masterKey!).toString("hex")).toBe(KEY_HEX);
  });
});

describe("a wrong value", () => {
  it.each([
    ["API_PORT", "65536"],
    ["API_PORT", "-1"],
    ["API_PORT", "80a"],
    ["API_PORT", "8e3"],
    ["SANDBOX_PORT", "http"],
    ["SANDBOX_DELAY_MS", "5s"],
    ["SANDBOX_DELAY_MS", "3600001"],
    ["SANDBOX_SUCCESS_RATE", "80"],
    ["SANDBOX_SUCCESS_RATE", "1.1"],
    ["UPI_SUCCESS_RATE", "-0.1"],
    ["CARD_SUCCESS_RATE", "NaN"],
    ["TEST_MODE", "yes"],
    ["TEST_MODE", "constructor"],
    ["WEBHOOK_RETRY_INTERVALS_TEST", "5,10"],
    ["LOG_LEVEL", "debug"],
    ["HOST", "http://127.0.0.1"],
    ["PUBLIC_URL", "pay.example.com"],
    ["PUBLIC_URL", "https://u:p@pay.example.com"],
    ["PUBLIC_URL", "https://pay.example.com/?a=1"],
    ["SANDBOX_URL", "ftp://127.0.0.1"],
    ["MONGODB_URL", "mongo://db.example/tillway"],
    ["MONGODB_URL", "mongodb://"],
    ["MONGODB_URL", "mongodb://u:p@ss@db.example/tillway"],
    ["MONGODB_URL", "mongodb://u:p/w@db.example/tillway"],
    ["MONGODB_URL", "mongodb://u:100%@db.example/tillway"],
    ["DATABASE_URL", "mysql://x"],
    ["DATABASE_URL", "postgres://"],
    ["TILLWAY_MASTER_KEY", "short"],
    ["TILLWAY_MASTER_KEY", KEY_HEX.slice(1)],
    ["TILLWAY_MASTER_KEY", `${KEY_HEX}0`],
  ])("%s=%s is refused by name, with its form and a cure", (variable, text) => {
    const { problems, message } = problemsOf({ [variable]: text });
    expect(problems).toEqual([{ variable, problem: expect.stringMatching(/^is .*not /), cure: expect.stringMatching(/\.$/) }]);
    expect(message).toContain(variable);
  });

  it("never shows a secret", () => {
    const { message } = problemsOf({
      DATABASE_URL: "mysql://u:hunter2@db/x",
      TILLWAY_MASTER_KEY: "hunter2",
      PUBLIC_URL: "https://u:hunter2@pay/",
    });
    expect(message).not.toContain("hunter2");
  });

  it.each([
    `https://user:hunter2${"x".repeat(80)}@pay`,
    "http://user:pa/hunter2@pay",
    "https:user:hunter2@pay",
    "https:\\\\user:hunter2@pay",
    "https://pay/?token=hunter2",
    "https://pay/#hunter2",
  ])("is not shown if it is a URL that may hold a secret: %s", (text) => {
    for (const variable of ["PUBLIC_URL", "SANDBOX_URL"]) {
      const { message } = problemsOf({ [variable]: text });
      expect(message).toContain(`${variable} is not an http or https URL`);
      expect(message).not.toContain("hunter2");
    }
  });

  it("is reported together with all others, and with missing variables", () => {
    const { problems } = problemsOf(
      { API_PORT: "x", TEST_MODE: "x", PROCESSING_DELAY_MIN: "2", PROCESSING_DELAY_MAX: "1", DATABASE_URL: "x" },
      "api",
    );
    expect(problems.map(({ variable }) => variable)).toEqual([
      "API_PORT",
      "DATABASE_URL",
      "TILLWAY_MASTER_KEY",
      "TEST_MODE",
      "PROCESSING_DELAY_MIN",
    ]);
  });
});

describe("warnings", () => {
  it("name our variables that are unknown or have no effect, and nobody else's", () => {
    const given = { TILLWAY_HOEM: "x", TILLWAY_WEBHOOK_SECRET: "y", TILLWAY_EMPTY: "", TEST_PAYMENT_SUCCESS: "true", MY_TILLWAY_X: "1" };
    expect(readConfig(given, "all").warnings).toEqual([
      "TILLWAY_HOEM is set but Tillway knows no such variable.",
      "TEST_PAYMENT_SUCCESS is set but has no effect without TEST_MODE=true.",
    ]);
  });
});

describe("webhooks to loopback", () => {
  it.each([
    ["all", {}, true],
    ["all", { HOST: "localhost" }, true],
    ["all", { HOST: "::1" }, true],
    ["all", { HOST: "0.0.0.0" }, false],
    ["all", { HOST: "localhost.example.com" }, false],
    ["all", { HOST: "0.0.0.0", TEST_MODE: "true" }, true],
    ["api", COMPLETE, false],
    ["worker", { ...COMPLETE, TEST_MODE: "true" }, true],
  ] as const)("as `%s` with %j are allowed: %s", (role, environment, expected) => {
    expect(readConfig(environment, role).flow.allowLoopback).toBe(expected);
  });
});

describe("the public URL", () => {
  it.each([
    [{}, "http://127.0.0.1:8123"],
    [{ HOST: "0.0.0.0" }, "http://127.0.0.1:8123"],
    [{ HOST: "::" }, "http://[::1]:8123"],
    [{ HOST: "box.example" }, "http://box.example:8123"],
    [{ PUBLIC_URL: "https://pay.example.com/till/" }, "https://pay.example.com/till"],
  ])("of %j is %s", (environment, expected) => {
    expect(publicUrlOf(readConfig(environment, "all"), 8123)).toBe(expected);
  });
});
