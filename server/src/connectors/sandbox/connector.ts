/** Our side of the sandbox. Mock and flaky are the same far side with other settings, so this connector serves all three under one name. */
import type { Operation } from "../../core/model.ts";
import type { Call, Capabilities, Connector, Evidence, Reply } from "../../core/ports/connector.ts";
import { amountRules } from "../amounts.ts";
import { onBase } from "../base.ts";
import {
  exchange,
  maskVpa,
  parse,
  readResult,
  refusalProvesNothing,
  unknown,
  type ClientRequest,
  type GatewayContext,
} from "../exchange.ts";
import { checkAccount, headersOf, isForgotten, registrations, sandboxAccounts, type AccountDeps } from "./account.ts";
import { listOperations } from "./list.ts";
import { chargeFieldsOf, takenMethods } from "./methods.ts";
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
  ...takenMethods,
  currencies: "all",
  amounts: amountRules.sandbox,
};

/** The log is told of words of the sandbox that we do not know. */
export interface SandboxConnectorDeps extends AccountDeps, Partial<Pick<GatewayContext, "log">> {
  readonly capabilities?: Partial<Capabilities>;
}

/**
 * Credentials of an account: `api_key` and `webhook_secret`. The account is registered at the far side before its first request of
 * this process, and again if the far side has forgotten it or the webhook secret was rotated.
 */
export function createSandboxConnector(deps: SandboxConnectorDeps): Connector {
  const carry = carrier(deps);
  return onBase({
    name: NAME,
    capabilities: { ...sandboxCapabilities, ...deps.capabilities },
    send: (call) => sendOperation(carry, call),
    retrieve: (call, reference) => carry(call, question(call, `/operations/${encodeURIComponent(reference)}`)),
    find: (call) => carry(call, question(call, `/operations?key=${encodeURIComponent(call.attempt.gatewayKey)}`)),
    cancel: (call) => {
      const path = `/operations/${encodeURIComponent(call.attempt.gatewayKey)}/cancel`;
      return carry(call, { ...question(call, path), kind: "cancel", method: "POST" });
    },
    accounts: sandboxAccounts,
    check: (account) => checkAccount(deps, account),
    list: (account, query) => listOperations(deps, account, query),
    verifyWebhook: verify,
    readWebhook: (body) => {
      const event = parse(body);
      const verdict = readEvent(event);
      const note = verdict.ok && verdict.outcome !== null ? unknownWord(event?.["data"], verdict.outcome) : null;
      if (verdict.ok && note !== null) warnOfWord(deps, note, { gateway_event: verdict.gatewayEventId });
      return verdict;
    },
  });
}

type Carry = (call: Call, request: ClientRequest) => Promise<Reply>;

async function sendOperation(carry: Carry, call: Call): Promise<Reply> {
  const { path, fields } = contentOf(call);
  const body = JSON.stringify(fields);
  return carry(call, {
    kind: call.attempt.sends > 1 ? "resend" : "send",
    method: "POST",
    path,
    headers: {
      ...headersOf(call.account),
      "content-type": "application/json",
      "idempotency-key": call.attempt.gatewayKey,
    },
    body,
    evidence: fields.vpa === undefined ? body : JSON.stringify({ ...fields, vpa: maskVpa(fields.vpa) }),
    notAfter: call.sendBefore,
  });
}

function question(call: Call, path: string): ClientRequest {
  return { kind: "question", method: "GET", path, headers: headersOf(call.account), body: null, evidence: null };
}

/** Registers the account if needed, sends, reads; once more if the far side has forgotten the account (and so refused without effect). */
function carrier(deps: SandboxConnectorDeps): Carry {
  const registered = registrations(deps);
  return async ({ account, attempt, traceparent }, request) => {
    const asked = request.kind === "send" || request.kind === "resend" ? "money" : "question";
    const exchanges: Evidence[] = [];
    for (let tries = 1; ; tries++) {
      const failure = await registered.sure(account);
      if (failure !== null)
        return { outcome: refusalProvesNothing(attempt, asked) ? unknown("the account could not be registered") : failure, exchanges };
      const { result, evidence } = await exchange(deps, traceparent === undefined ? request : { ...request, traceparent });
      if (tries === 1 && isForgotten(result)) {
        registered.forget(account);
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

const paths: Readonly<Record<Operation, (charge: string) => string>> = {
  charge: () => "/charges",
  capture: (charge) => `/charges/${charge}/captures`,
  void: (charge) => `/charges/${charge}/voids`,
  refund: () => "/refunds",
};

/** Where the request goes, and what it says. */
function contentOf({ attempt, method, captureMethod, returnUrl }: Call) {
  const { operation, parentReference: charge } = attempt;
  const isCharge = operation === "charge";
  const path = paths[operation](encodeURIComponent(charge ?? ""));
  // What is undefined is left out of the JSON.
  const fields = {
    key: attempt.gatewayKey,
    amount: attempt.amount,
    currency: attempt.currency,
    metadata: { payment_id: attempt.paymentId, attempt_id: attempt.id },
    capture: isCharge ? captureMethod === "automatic" : undefined,
    return_url: isCharge ? returnUrl : undefined,
    ...(isCharge && method !== null && chargeFieldsOf(method)),
    charge: operation === "refund" ? charge : undefined,
  };
  return { path, fields };
}
