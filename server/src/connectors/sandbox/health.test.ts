import { expect, it } from "vitest";
import type { HttpRequest, HttpResult } from "../../core/ports/http.ts";
import { inProcessTransport, startSandbox } from "@tillway/sandbox";
import { mockSettings } from "../../../../sandbox/src/gateway/settings.testing.ts";
import { askSandboxHealth } from "./index.ts";

const baseUrl = "http://sandbox.test";

it("is well while the far side answers, and leaves nothing in its books", async () => {
  const clock = { now: () => 1_800_000_000_000, sleep: () => Promise.resolve() };
  const farSide = await startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });
  await askSandboxHealth({ http: inProcessTransport(farSide), baseUrl });
  expect(farSide.ledger.accounts.size).toBe(0);
});

it("asks without an account and without a body, for a second at most", async () => {
  const asked: HttpRequest[] = [];
  const http = {
    send: async (request: HttpRequest): Promise<HttpResult> => {
      asked.push(request);
      return { kind: "answer", status: 200, headers: {}, body: "", durationMs: 1 };
    },
  };
  await askSandboxHealth({ http, baseUrl });
  expect(asked).toMatchObject([{ method: "GET", url: "http://sandbox.test/health", headers: {}, body: null, totalTimeoutMs: 1_000 }]);
});

it.each<[string, HttpResult, string]>([
  ["refuses the connection", { kind: "not_sent", reason: "ECONNREFUSED", durationMs: 1 }, "does not answer: ECONNREFUSED"],
  ["does not answer in time", { kind: "unknown", reason: "timeout", durationMs: 1_000 }, "does not answer: timeout"],
  ["answers that it cannot", { kind: "answer", status: 503, headers: {}, body: "", durationMs: 1 }, "answers 503"],
])("is ill if the far side %s", async (_name, result, reason) => {
  await expect(askSandboxHealth({ http: { send: async () => result }, baseUrl })).rejects.toThrow(reason);
});
