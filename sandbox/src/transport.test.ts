import { describe, expect, it } from "vitest";
import type { HttpRequest } from "./ports.ts";
import { apiKey, keyOf, manualClock, webhookSecret } from "./desk.testing.ts";
import type { FaultName } from "./faults.ts";
import { startSandbox } from "./gateway/routes.ts";
import { bankSettings } from "./gateway/settings.ts";
import { inProcessTransport } from "./transport.ts";
import { net } from "./net.testing.ts";

async function setUp(fault?: FaultName) {
  const clock = manualClock();
  const farSide = await startSandbox({ settings: { ...bankSettings, delayMs: 300, successRate: 1 }, clock, http: null, journalPath: null });
  const transport = inProcessTransport(farSide, (request) => (request.url.endsWith("/charges") ? fault : undefined));
  const request = (path: string, body: unknown): HttpRequest => ({
    method: "POST",
    url: `http://sandbox.test${path}`,
    headers: { authorization: `Bearer ${apiKey}`, "sandbox-account": "acc_1" },
    body: JSON.stringify(body),
    connectTimeoutMs: 100,
    totalTimeoutMs: 1_000,
    maxBytes: 10_000,
  });
  await transport.send(request("/accounts/acc_1", { webhook_url: null, webhook_secret: webhookSecret }));
  const charge = (token: string, limits: Partial<HttpRequest> = {}) => {
    const sending = transport.send({ ...request("/charges", { key: keyOf(1), amount: 100, currency: "INR", token }), ...limits });
    return clock.advance(60_000).then(() => sending);
  };
  return { farSide, clock, charge, taken: () => net(farSide.ledger, keyOf(1), clock.now()) };
}

describe("the way within one process", () => {
  it("answers after the far side's delay", async () => {
    const { charge } = await setUp();
    expect(await charge("tok_plain_visa")).toMatchObject({ kind: "answer", status: 200, durationMs: 300 });
  });

  it.each<[FaultName, object, number]>([
    ["timeout-before", { kind: "unknown", reason: "timeout", durationMs: 1_000 }, 0],
    ["timeout-after", { kind: "unknown", reason: "timeout", durationMs: 1_000 }, 100],
    ["reset-before", { kind: "unknown", reason: "ECONNRESET" }, 0],
    ["reset-after", { kind: "unknown", reason: "ECONNRESET" }, 100],
    ["cut-after", { kind: "unknown" }, 100],
    ["error-before", { kind: "answer", status: 500 }, 0],
    ["error-after", { kind: "answer", status: 500 }, 100],
    ["html-after", { kind: "answer", status: 502 }, 100],
    ["throttled", { kind: "answer", status: 429, headers: { "retry-after": "1" } }, 0],
    ["unavailable", { kind: "answer", status: 503 }, 0],
    ["none", { kind: "answer", status: 200 }, 100],
  ])("%s shows as it would on a socket, and does or does not charge", async (fault, shown, taken) => {
    const { charge, taken: booked } = await setUp(fault);
    expect(await charge("tok_success")).toMatchObject(shown);
    expect(booked()).toBe(taken);
  });

  it("gives up at the caller's limit while the far side goes on", async () => {
    const { charge, taken } = await setUp();
    expect(await charge("tok_plain_visa", { totalTimeoutMs: 200 })).toMatchObject({ kind: "unknown", reason: "timeout", durationMs: 200 });
    expect(taken()).toBe(100);
  });

  it("returns no more than was asked for", async () => {
    const { charge } = await setUp();
    expect(await charge("tok_success", { maxBytes: 10 })).toMatchObject({ kind: "unknown", reason: "answer too large" });
  });
});
