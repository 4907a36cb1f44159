/** Our side of the sandbox. Mock and flaky are the same far side with other settings, so this connector serves all three under one name. */
import type { ConnectorAccount, Operation } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call, Capabilities, Connector, Evidence, Reply } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import {
  exchange,
  isObject,
  maskVpa,
  parse,
  readResult,
  refusalProvesNothing,
  unknown,
  type ClientDeps,
  type ClientRequest,
  type GatewayContext,
} from "../exchange.ts";
import { dialect, readEvent, unknownWord, verify } from "./map.ts";

const NAME = "sandbox";

/** What the sandbox promises. A simulator overrides single values to see the core cope with lesser gateways. */
export const sandboxCapabilities: Capabilities = {
  // False because of the scenario `captured-later`.
  declineIsFinal: false,
  idempotencyHorizonMs: 86_400_000,
  canResend: true,
  canFind: true,
  // Some gateways cancel a charge only by their own id of it; the sandbox stands for those.
  cancels: "by_reference",
  // Finding by key may lag this much.
  settleTimeMs: 2_000,
  authorizationLifetimeMs: 604_800_000,
  operations: ["charge", "capture", "void", "refund"],
  captures: "parts",
  methods: ["card", "upi"],
  currencies: "all",
};

/**
 * Without a `webhookBaseUrl` the address that another process registered stays; one that is only a guess counts until another process
 * registers one. The log is told of words of the sandbox that we do not know.
 */
export interface SandboxConnectorDeps extends ClientDeps, Partial<Pick<GatewayContext, "webhookBaseUrl" | "isGuess" | "log">> {
  readonly capabilities?: Partial<Capabilities>;
}

/**
 * Credentials of an account: `api_key` and `webhook_secret`. The account is registered at the far side before its first request of
 * this process, and again if the far side has forgotten it.
 */
export function createSandboxConnector(deps: SandboxConnectorDeps): Connector {
  const carry = carrier(deps);
  return {
    name: NAME,
    capabilities: { ...sandboxCapabilities, ...deps.capabilities },
    send: (call) => sendOperation(carry, call),
    retrieve: (call, reference) => carry(call, question(call, `/operations/${encodeURIComponent(reference)}`)),
    find: (call) => carry(call, question(call, `/operations?key=${encodeURIComponent(call.attempt.gatewayKey)}`)),
    cancel: (call) => {
      const path = `/operations/${encodeURIComponent(call.attempt.gatewayKey)}/cancel`;
      return carry(call, { ...question(call, path), kind: "cancel", method: "POST" });
    },
    verifyWebhook: verify,
    readWebhook: (body) => {
      const event = parse(body);
      const verdict = readEvent(event);
      const note = verdict.ok && verdict.outcome !== null ? unknownWord(event?.["data"], verdict.outcome) : null;
      if (verdict.ok && note !== null) warnOfWord(deps, note, { gateway_event: verdict.gatewayEventId });
      return verdict;
    },
  };
}

type Carry = (call: Call, request: ClientRequest) => Promise<Reply>;

async function sendOperation(carry: Carry, call: Call): Promise<Reply> {
  const content = contentOf(call);
  if (content === null) return refused("The attempt names no method or no charge to act on.");
  if (call.method?.type === "card" && call.method.connector !== NAME) return refused("The card is not a token of this gateway.");
  const { path, fields } = content;
  const body = JSON.stringify(fields);
  return carry(call, {
    kind: call.attempt.sends > 1 ? "resend" : "send",
    method: "POST",
    path,
    headers: {
      authorization: bearerOf(call.account),
      "sandbox-account": call.account.id,
      "content-type": "application/json",
      "idempotency-key": call.attempt.gatewayKey,
    },
    body,
    evidence: fields.vpa === undefined ? body : JSON.stringify({ ...fields, vpa: maskVpa(fields.vpa) }),
    notAfter: call.sendBefore,
  });
}

function question(call: Call, path: string): ClientRequest {
  const headers = { authorization: bearerOf(call.account), "sandbox-account": call.account.id };
  return { kind: "question", method: "GET", path, headers, body: null, evidence: null };
}

function bearerOf({ credentials }: ConnectorAccount): string {
  return `Bearer ${credentials["api_key"] ?? ""}`;
}

function refused(message: string): Reply {
  return { outcome: { kind: "rejected", code: "not_for_this_gateway", message }, exchanges: [] };
}

/** Registers the account if needed, sends, reads; once more if the far side has forgotten the account (and so refused without effect). */
function carrier(deps: SandboxConnectorDeps): Carry {
  const registered = new Map<string, Promise<Outcome | null>>();
  return async ({ account, attempt, traceparent }, request) => {
    const asked = request.kind === "send" || request.kind === "resend" ? "money" : "question";
    const exchanges: Evidence[] = [];
    for (let tries = 1; ; tries++) {
      const registration = registered.get(account.id) ?? register(deps, account);
      registered.set(account.id, registration);
      const failure = await registration;
      if (failure !== null) {
        registered.delete(account.id);
        return { outcome: refusalProvesNothing(attempt, asked) ? unknown("the account could not be registered") : failure, exchanges };
      }
      const { result, evidence } = await exchange(deps, traceparent === undefined ? request : { ...request, traceparent });
      if (tries === 1 && isForgotten(result)) {
        registered.delete(account.id);
        exchanges.push(evidence);
        continue;
      }
      const outcome = readResult(result, { attempt, asked, now: deps.clock.now() }, dialect);
      const note = result.kind === "answer" && outcome.kind === "pending" ? unknownWord(parse(result.body), outcome) : null;
      if (note !== null) warnOfWord(deps, note, { attempt: attempt.id, account: account.id });
      exchanges.push(note === null ? evidence : { ...evidence, result: `${evidence.result}: ${note}` });
      return { outcome, exchanges };
    }
  };
}

/** The money may move in a way that we do not understand: the payment waits, and the log warns. */
function warnOfWord({ log }: SandboxConnectorDeps, note: string, about: Readonly<Record<string, string>>): void {
  log?.warn({ ...about, note }, "the sandbox used a word that we do not know; the payment stays processing");
}

/** Null: registered. Otherwise the outcome of the request that was to follow, which never left. */
async function register(deps: SandboxConnectorDeps, account: ConnectorAccount): Promise<Outcome | null> {
  const address = { [deps.isGuess ? "webhook_url_if_none" : "webhook_url"]: deps.webhookBaseUrl };
  const body = JSON.stringify({ ...address, webhook_secret: account.credentials["webhook_secret"] ?? "" });
  const path = `/accounts/${encodeURIComponent(account.id)}`;
  const { result } = await exchange(deps, {
    kind: "send",
    method: "POST",
    path,
    headers: { authorization: bearerOf(account), "sandbox-account": account.id, "content-type": "application/json" },
    body,
    evidence: null,
  });
  if (result.kind === "answer" && result.status === 200) return null;
  if (result.kind === "answer" && result.status >= 400 && result.status < 500 && result.status !== 429) {
    return { kind: "rejected", code: "account_refused", message: "The sandbox refused the account's credentials." };
  }
  return { kind: "not_sent", reason: `account not registered: ${result.kind === "answer" ? `status ${result.status}` : result.reason}` };
}

function isForgotten(result: HttpResult): boolean {
  if (result.kind !== "answer" || result.status !== 401) return false;
  const error = parse(result.body)?.["error"];
  return isObject(error) && error["code"] === "unknown_account";
}

const paths: Readonly<Record<Operation, (charge: string) => string>> = {
  charge: () => "/charges",
  capture: (charge) => `/charges/${charge}/captures`,
  void: (charge) => `/charges/${charge}/voids`,
  refund: () => "/refunds",
};

/** Where the request goes, and what it says; null: the attempt lacks what its operation needs (method or charge). */
function contentOf({ attempt, method, captureMethod, returnUrl }: Call) {
  const { operation, parentReference: charge } = attempt;
  const isCharge = operation === "charge";
  if (isCharge ? method === null : charge === null) return null;
  const path = paths[operation](encodeURIComponent(charge ?? ""));
  // What is undefined is left out of the JSON.
  const fields = {
    key: attempt.gatewayKey,
    amount: attempt.amount,
    currency: attempt.currency,
    metadata: { payment_id: attempt.paymentId, attempt_id: attempt.id },
    capture: isCharge ? captureMethod === "automatic" : undefined,
    return_url: isCharge ? returnUrl : undefined,
    token: isCharge && method?.type === "card" ? method.token : undefined,
    vpa: isCharge && method?.type === "upi" ? method.vpa : undefined,
    charge: operation === "refund" ? charge : undefined,
  };
  return { path, fields };
}
