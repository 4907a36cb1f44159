import { expect, it } from "vitest";
import type { ApiDeps } from "../deps.ts";
import { noteCall } from "../../flows/health.ts";
import { fakeApi, headers } from "../fakes.testing.ts";

const asked: unknown[] = [];
const opened = () => {
  const row = (id: string, closedAt: number | null = null) => ({ id, connector: "sandbox", closedAt });
  const counts = [
    { accountId: "acc_1", what: "attempt", outcome: "succeeded", count: 3 },
    { accountId: "acc_1", what: "attempt", outcome: "declined", count: 1 },
    { accountId: "acc_1", what: "latency", outcome: "20", count: 4 },
  ];
  return fakeApi({
    flows: {
      settings: {
        authenticate: async () => ({ ...(fakeApi().keys.values().next().value as object) }),
        noteKeyUse: async () => undefined,
        accounts: async () => [row("acc_1"), row("acc_2"), row("acc_gone", 1)],
      },
      analytics: { ofAccounts: async (...given: unknown[]) => (asked.push(given[1]), counts) },
      log: { info: () => undefined, warn: () => undefined },
    } as unknown as ApiDeps["flows"],
  });
};

it("shows what this process sees of each open account, and what its charges of a day have come to", async () => {
  const { app, deps, clock } = opened();
  const read = async () => {
    const answer = await app.inject({ url: "/v1/connector-health", headers });
    expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
    return answer.json().data as Record<string, unknown>[];
  };
  const [quiet, other] = await read();
  expect(quiet).toMatchObject({
    account_id: "acc_1",
    state: "up",
    since: null,
    recent_calls: 0,
    usual_latency_ms: null,
    last_failure: null,
  });
  expect(quiet).toMatchObject({ charges: 4, success_rate: 0.75 });
  expect(quiet!["p50_ms"]).toBeGreaterThan(0);
  expect(other).toMatchObject({ account_id: "acc_2", charges: 0, success_rate: null, p50_ms: null, p95_ms: null });
  expect(asked).toEqual([clock.now - 86_400_000]);
  for (let n = 0; n < 20; n++) noteCall(deps.flows, "acc_1")({ kind: "not_sent", reason: "connect timeout" });
  const [down, untouched, ...rest] = await read();
  const now = new Date(clock.now).toISOString();
  expect(down).toMatchObject({ state: "down", since: now, last_failure: { at: now, kind: "not_sent", reason: "connect timeout" } });
  expect(Date.parse(String(down!["open_until"]))).toBeGreaterThan(clock.now);
  expect(down!["recent_failures"]).toBe(down!["recent_calls"]);
  expect([untouched!["state"], rest]).toEqual(["up", []]);
  expect((await app.inject("/v1/connector-health")).statusCode).toBe(401);
});
