/** The sandbox as a world of the conformance suite: in one process with a clock of its own, or over HTTP. For tests only. */
import { type FarSide, inProcessTransport, type SandboxSettings, signature, startSandbox, startGatewayServer } from "@tillway/sandbox";
import { manualClock } from "../../../../sandbox/src/desk.testing.ts";
import { net } from "../../../../sandbox/src/net.testing.ts";
import type { PaymentMethod } from "../../core/model.ts";
import type { HttpPort } from "../../core/ports/http.ts";
import { createHttp } from "../../net/http.ts";
import { testCardTokenizer } from "../sandbox/cards.ts";
import { createSandboxConnector } from "../sandbox/connector.ts";
import { inTime, nobody, warningLog, type Situation, type World } from "./world.testing.ts";
import { wireTo } from "./wire.testing.ts";

const account = {
  merchantId: "mer_1",
  mode: "test",
  id: "acc_conformance",
  connector: "sandbox",
  priority: 1,
  status: "enabled",
  credentials: { api_key: "an-api-key-of-the-suite", webhook_secret: "a-webhook-secret-of-the-suite" },
  createdAt: 0,
} as const;

const card = (token: string): PaymentMethod => ({ type: "card", connector: "sandbox", token, network: "visa", last4: "0000" });
const upi = (name: string): PaymentMethod => ({ type: "upi", vpa: `${name}@sandbox` });
const methods: Record<Situation, PaymentMethod> = {
  approved: card("tok_success"),
  approvedUpi: upi("success"),
  card_declined: card("tok_card_declined"),
  insufficient_funds: card("tok_insufficient_funds"),
  fraud_suspected: card("tok_fraud_suspected"),
  declinedUpi: upi("failure"),
  netbanking: { type: "netbanking", bank: "SANDBOX" },
  challenge: card("tok_challenge"),
  pending: upi("pending"),
  pendingThenApproved: upi("pending"),
  timeoutBefore: upi("timeout-before"),
  timeoutAfter: upi("timeout-after"),
  resetAfter: upi("reset-after"),
  cutAfter: upi("cut-after"),
  plainErrorBefore: upi("error-before"),
  storedErrorAfter: upi("error-after"),
  htmlAfter: upi("html-after"),
  throttledOnce: upi("throttled"),
  wrongAmount: upi("wrong-amount"),
  unknownStatus: upi("unknown-status"),
  refundRefused: card("tok_refund_failure"),
  captureRefused: upi("capture-failure"),
  voidRefused: upi("void-failure"),
  declinedThenCaptured: upi("captured-later"),
};

const lacks: World["lacks"] = {
  limits: { why: "it takes any sum, so that a mistake of ours shows in its books", source: "sandbox/README.md" },
  strangers: { why: "an account there is known to Tillway alone", source: "sandbox/README.md" },
};

/** Everything in one process; time moves only when the suite lets it. */
export async function inProcessWorld(settings: SandboxSettings): Promise<World> {
  const clock = manualClock();
  const farSide = await startSandbox({ settings, clock, http: null, journalPath: null });
  const wire = wireTo(inProcessTransport(farSide));
  const { log, warnings } = warningLog();
  const connector = createSandboxConnector({
    http: wire,
    log,
    baseUrl: "http://sandbox.test",
    clock,
    webhookBaseUrl: "http://us.test",
  });
  const unreachable = createSandboxConnector({
    http: nobody,
    baseUrl: "http://sandbox.test",
    clock,
  });
  return {
    connector,
    unreachable,
    wire,
    warnings,
    ...inTime(clock),
    ...common(farSide),
    close: () => farSide.close(),
  };
}

const SILENCE_MS = 1_000;

/** Over sockets, with real time-outs, but short ones; the far side's time can be moved forward. */
export async function httpWorld(settings: SandboxSettings): Promise<World> {
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
  const farSide = await startSandbox({ settings, clock, http: null, journalPath: null });
  const server = await startGatewayServer(farSide, { port: 0 });
  const http = createHttp({ now: clock.now });
  // Short only if the far side stays silent: any other answer may take as long as a busy machine needs.
  const impatient: HttpPort = {
    send: (request) => http.send(request.body?.includes("timeout-") === true ? { ...request, totalTimeoutMs: SILENCE_MS } : request),
  };
  const wire = wireTo(impatient);
  const { log, warnings } = warningLog();
  const deps = { http: wire, clock, log, webhookBaseUrl: "http://us.test" };
  const dead = await startGatewayServer(farSide, { port: 0 });
  await dead.close();
  return {
    connector: createSandboxConnector({ ...deps, baseUrl: `http://127.0.0.1:${server.port}` }),
    unreachable: createSandboxConnector({ ...deps, baseUrl: `http://127.0.0.1:${dead.port}` }),
    wire,
    warnings,
    run: (exchange) => exchange,
    now: clock.now,
    pass: (ms) => Promise.resolve(void (ahead += ms)),
    ...common(farSide),
    async close() {
      await http.close();
      await server.close();
      await farSide.close();
    },
  };
}

function common(
  farSide: FarSide,
): Pick<World, "tokenizer" | "lacks" | "inUse" | "account" | "methods" | "shopper" | "taken" | "charges" | "sign" | "webhook"> {
  const sign: World["sign"] = (body, secret, atMs) => ({
    headers: { "sandbox-signature": signature(secret, body, atMs) },
    body: Buffer.from(body),
  });
  return {
    tokenizer: testCardTokenizer,
    lacks,
    inUse: { status: 409, body: { error: { code: "key_in_use", message: "The first request under this key is at work." } } },
    account,
    methods,
    sign,
    async shopper(page, does) {
      const path = `${new URL(page).pathname}/${does === "pays" ? "complete" : "fail"}`;
      await farSide.handle({ method: "POST", path, headers: {}, body: null });
    },
    taken: (gatewayKey) => net(farSide.ledger, gatewayKey, farSide.clock.now()),
    charges: (gatewayKey) => (farSide.ledger.accounts.get(account.id)?.operations.has(gatewayKey) === true ? 1 : 0),
    async webhook(call) {
      const { gatewayKey: key, amount, currency } = call.attempt;
      const headers = { authorization: `Bearer ${account.credentials.api_key}`, "sandbox-account": account.id };
      const registration = JSON.stringify({ webhook_url: "http://us.test", webhook_secret: account.credentials.webhook_secret });
      await farSide.handle({ method: "PUT", path: `/accounts/${account.id}`, headers, body: registration });
      await farSide.handle({
        method: "POST",
        path: "/charges",
        headers,
        body: JSON.stringify({ key, amount, currency, vpa: "pending@sandbox" }),
      });
      const owed = [...farSide.ledger.owed.values()].find((one) => one.key === key);
      return sign(owed!.body, account.credentials.webhook_secret, farSide.clock.now());
    },
  };
}
