import { describe, expect, it } from "vitest";
import { mockSettings } from "../../../../sandbox/src/gateway/settings.testing.ts";
import { inProcessTransport, startSandbox } from "@tillway/sandbox";
import { anAccount } from "../../core/rows.testing.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../../core/ports/http.ts";
import { checkAccount, registrations } from "./account.ts";

const clock = { now: () => 1_800_000_000_000, sleep: () => Promise.resolve() };
const credentials = { api_key: "sandbox_key", webhook_secret: "hooks-of-the-shop" };
const account = anAccount(1, { connector: "sandbox", credentials });

async function setUp(result?: HttpResult) {
  const sent: HttpRequest[] = [];
  const there = await startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });
  const http: HttpPort = {
    send: async (request) => {
      sent.push(request);
      return result ?? inProcessTransport(there).send(request);
    },
  };
  return { deps: { http, baseUrl: "http://sandbox.test", clock, webhookBaseUrl: "http://us.test" }, sent, ledger: () => there.ledger };
}

describe("credentials of the sandbox", () => {
  it("are accepted before and after the account is registered, and nothing is written there by asking", async () => {
    const { deps, ledger, sent } = await setUp();
    expect(await checkAccount(deps, account)).toEqual({ kind: "ok" });
    expect(ledger().accounts.size).toBe(0);
    expect(await registrations(deps).sure(account)).toBeNull();
    const before = JSON.stringify([...ledger().accounts.values()]);
    expect(await checkAccount(deps, account)).toEqual({ kind: "ok" });
    expect(JSON.stringify([...ledger().accounts.values()])).toBe(before);
    expect(sent.map(({ method }) => method)).toEqual(["GET", "POST", "GET"]);
  });

  it("are refused if the account is there under another api_key", async () => {
    const { deps } = await setUp();
    await registrations(deps).sure(account);
    const other = { ...account, credentials: { ...credentials, api_key: "another_key" } };
    expect(await checkAccount(deps, other)).toMatchObject({ kind: "refused" });
  });

  it.each<[string, HttpResult]>([
    ["a failure", { kind: "answer", status: 503, headers: {}, body: "", durationMs: 1 }],
    ["a strange answer", { kind: "answer", status: 404, headers: {}, body: "{}", durationMs: 1 }],
    ["a timeout", { kind: "unknown", reason: "timeout", durationMs: 1 }],
    ["nobody there", { kind: "not_sent", reason: "ECONNREFUSED", durationMs: 1 }],
  ])("are neither accepted nor refused by %s", async (_name, result) => {
    expect(await checkAccount((await setUp(result)).deps, account)).toMatchObject({ kind: "unreachable" });
  });

  it("are told to the far side again if the webhook secret was rotated, and only then", async () => {
    const { deps, ledger, sent } = await setUp();
    const registered = registrations(deps);
    const rotated = { ...account, credentials: { ...credentials, webhook_secret: "newer-hooks" } };
    for (const each of [account, account, rotated, rotated]) expect(await registered.sure(each)).toBeNull();
    expect(sent).toHaveLength(2);
    expect(ledger().accounts.get(account.id)).toMatchObject({ webhookSecret: "newer-hooks" });
  });
});
