import { describe, expect, it } from "vitest";
import type { HttpPort, HttpRequest } from "../../core/ports/http.ts";
import { mockSettings } from "../../../../sandbox/src/gateway/settings.testing.ts";
import { inProcessTransport, startSandbox } from "@tillway/sandbox";
import { callOf, type World } from "../conformance/world.testing.ts";
import { createSandboxConnector } from "./connector.ts";

const clock = { now: () => 1_800_000_000_000, sleep: () => Promise.resolve() };
const account = {
  merchantId: "mer_1",
  mode: "test",
  id: "acc_1",
  connector: "sandbox",
  priority: 1,
  status: "enabled",
  credentials: { api_key: "k", webhook_secret: "s" },
  createdAt: 0,
} as const;
const method = { type: "card", connector: "sandbox", token: "tok_success", network: "visa", last4: "4242" } as const;
const farSide = () => startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });

async function setUp() {
  const sent: HttpRequest[] = [];
  let there = await farSide();
  const http: HttpPort = {
    send(request) {
      sent.push(request);
      return inProcessTransport(there).send(request);
    },
  };
  const connector = createSandboxConnector({ http, baseUrl: "http://sandbox.test", clock, webhookBaseUrl: "http://us.test" });
  const call = (attempt = {}) => callOf({ connector, account, now: clock.now } as unknown as World, { method, attempt });
  return { connector, call, sent, ledger: () => there.ledger, forget: async () => void (there = await farSide()) };
}

describe("the sandbox's connector", () => {
  it("registers an account once per process, with the address for webhooks, however many calls meet", async () => {
    const { connector, call, sent, ledger } = await setUp();
    await Promise.all([connector.send(call()), connector.send(call()), connector.send(call())]);
    expect(sent.filter((request) => request.url.includes("/accounts/"))).toHaveLength(1);
    expect(ledger().accounts.get("acc_1")).toMatchObject({ webhookUrl: "http://us.test", webhookSecret: "s" });
  });

  it("registers it again if the far side has forgotten it, and keeps both exchanges", async () => {
    const { connector, call, forget, ledger } = await setUp();
    await connector.send(call());
    await forget();
    const { outcome, exchanges } = await connector.send(call());
    expect(outcome.kind).toBe("succeeded");
    expect(exchanges.map((one) => one.status)).toEqual([401, 200]);
    expect(ledger().accounts.get("acc_1")!.operations.size).toBe(1);
  });

  it("rejects a first charge under wrong credentials, and concludes nothing from them about an earlier one", async () => {
    const { connector, call } = await setUp();
    await connector.send(call());
    const wrong = { ...account, credentials: { ...account.credentials, api_key: "other" } };
    expect((await connector.send({ ...call(), account: wrong })).outcome).toMatchObject({ kind: "rejected", code: "unauthorized" });
    expect((await connector.send({ ...call({ questions: 1, sends: 2 }), account: wrong })).outcome).toMatchObject({ kind: "unknown" });
    expect((await connector.find({ ...call(), account: wrong })).outcome).toMatchObject({ kind: "unknown" });
  });

  it("takes the capabilities that it is given", () => {
    const connector = createSandboxConnector({
      http: { send: () => Promise.reject(new Error("unused")) },
      baseUrl: "",
      clock,
      capabilities: { cancels: "by_key", settleTimeMs: 7 },
    });
    expect(connector.capabilities).toMatchObject({
      cancels: "by_key",
      settleTimeMs: 7,
      canFind: true,
      idempotencyHorizonMs: 86_400_000,
      currencies: "all",
    });
  });

  it("sends the key in header and body, and time limits of money and of questions", async () => {
    const { connector, call, sent } = await setUp();
    const charge = call();
    await connector.send(charge);
    await connector.find(charge);
    const [, send, find] = sent;
    expect(send).toMatchObject({
      totalTimeoutMs: 30_000,
      connectTimeoutMs: 2_000,
      headers: { "idempotency-key": charge.attempt.gatewayKey },
    });
    expect(JSON.parse(send!.body!)).toMatchObject({
      key: charge.attempt.gatewayKey,
      amount: 4_500,
      metadata: { payment_id: charge.attempt.paymentId },
    });
    expect(find).toMatchObject({ method: "GET", totalTimeoutMs: 10_000, body: null });
  });

  it("sends the return URL of a challenged shopper to the far side, and puts it into no link", async () => {
    const { connector, call, ledger } = await setUp();
    const returnUrl = "https://shop.example/back?order=1";
    const { outcome } = await connector.send({ ...call(), method: { ...method, token: "tok_challenge" }, returnUrl });
    expect(outcome).toMatchObject({ kind: "requires_action", nextAction: { url: expect.not.stringContaining("shop.example") as string } });
    expect([...ledger().accounts.get("acc_1")!.operations.values()]).toMatchObject([{ returnUrl }]);
  });

  it("warns of a status that nobody documented, in an answer and in a webhook, and of nothing else", async () => {
    const warned: unknown[] = [];
    const silent = () => undefined;
    const log = { info: silent, error: silent, warn: (fields: unknown) => warned.push(fields) };
    const there = await farSide();
    const connector = createSandboxConnector({ http: inProcessTransport(there), baseUrl: "http://sandbox.test", clock, log });
    const call = callOf({ connector, account, now: clock.now } as unknown as World, { method });
    expect((await connector.send(call)).outcome.kind).toBe("succeeded");
    expect(warned).toEqual([]);
    const odd = { ...call, method: { ...method, token: "tok_unknown_status" }, attempt: { ...call.attempt, gatewayKey: "odd-key-00001" } };
    expect((await connector.send(odd)).outcome.kind).toBe("pending");
    const data = { object: "charge", key: "odd-key-00001", reference: "sch_odd", status: "held_for_review" };
    expect(connector.readWebhook(JSON.stringify({ id: "evt_1", data }), "acc_1")).toMatchObject({ ok: true, outcome: { kind: "pending" } });
    expect(warned).toEqual([
      { attempt: odd.attempt.id, account: "acc_1", note: 'unknown status "held_for_review"' },
      { gateway_event: "evt_1", note: 'unknown status "held_for_review"' },
    ]);
  });

  it("keeps a payer's address out of the evidence", async () => {
    const { connector, call } = await setUp();
    const { exchanges } = await connector.send({ ...call(), method: { type: "upi", vpa: "asha.rao@okbank" } });
    expect(exchanges[0]!.request).toContain("a***@okbank");
    expect(JSON.stringify(exchanges)).not.toContain("asha");
  });

  it("lets no card number through, even if a gateway repeats one or a token holds one", async () => {
    const number = "4539578763621486";
    const echo = JSON.stringify({ error: { code: `bad ${number}`, message: `No card ${number}, nor 4539 5787 6362 1486.` } });
    const http: HttpPort = {
      send: (request) => {
        const known = request.url.includes("/accounts/");
        return Promise.resolve({ kind: "answer", status: known ? 200 : 400, headers: {}, body: known ? "{}" : echo, durationMs: 1 });
      },
    };
    const connector = createSandboxConnector({ http, baseUrl: "http://sandbox.test", clock });
    const call = callOf({ connector, account, now: clock.now } as unknown as World, { method: { ...method, token: `tok_${number}` } });
    const reply = await connector.send(call);
    expect(reply).toMatchObject({ outcome: { kind: "rejected" }, exchanges: [{ status: 400 }] });
    expect(JSON.stringify(reply).replaceAll(" ", "")).not.toContain(number);
  });
});
