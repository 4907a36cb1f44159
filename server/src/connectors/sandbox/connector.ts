/** Our side of the sandbox. Mock and flaky are the same far side with other settings, so this connector serves all three under one name. */
import type { ConnectorAccount } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Call, Capabilities, Connector, Evidence, Reply } from "../../core/ports/connector.ts";
import { sandboxCapabilities } from "./capabilities.ts";
import { tokenizeTestCard } from "./cards.ts";
import { exchange, type ClientDeps, type ClientRequest, type Exchanged } from "./client.ts";
import { mapResult, parse, refusalProvesNothing, unknown, type Asked } from "./map.ts";
import { buildRequest } from "./requests.ts";
import { read, verify } from "./webhook.ts";

export interface SandboxConnectorDeps extends ClientDeps {
  /** Origin of the far side, e.g. `http://127.0.0.1:8100`. */
  readonly baseUrl: string;
  readonly capabilities?: Partial<Capabilities>;
  /** Where the far side reaches our API. Left out: what another process told it stays. */
  readonly webhookBaseUrl?: string;
  /** True where that is but a guess: it counts only while nobody told better. */
  readonly isGuess?: boolean;
  /** Told where the sandbox says what we do not know. */
  readonly log?: Log;
}

/**
 * Credentials of an account: `api_key` and `webhook_secret`. The account is registered at the far side before its first request of
 * this process, and again where the far side has forgotten it.
 */
export function createSandboxConnector(deps: SandboxConnectorDeps): Connector {
  const say = talker(deps);
  return {
    name: "sandbox",
    capabilities: { ...sandboxCapabilities, ...deps.capabilities },
    send: (call) => sendOperation(say, call),
    retrieve: (call, reference) => say(call, question(call, `/operations/${encodeURIComponent(reference)}`), "question"),
    find: (call) => say(call, question(call, `/operations?key=${encodeURIComponent(call.attempt.gatewayKey)}`), "question"),
    cancel: (call) => {
      const path = `/operations/${encodeURIComponent(call.attempt.gatewayKey)}/cancel`;
      return say(call, { ...question(call, path), kind: "cancel", method: "POST" }, "question");
    },
    verifyWebhook: verify,
    readWebhook: (body) => {
      const { verdict, note } = read(body);
      if (verdict.ok && note !== null) tellOfWord(deps, note, { gateway_event: verdict.gatewayEventId });
      return verdict;
    },
    tokenize: tokenizeTestCard,
  };
}

type Say = (call: Call, request: ClientRequest, asked: Asked) => Promise<Reply>;

async function sendOperation(say: Say, call: Call): Promise<Reply> {
  const built = buildRequest(call);
  if (built === null) return refused("The attempt names no method or no charge to act on.");
  if (call.method?.type === "card" && !call.method.token.startsWith("tok_")) return refused("The card is not a token of this gateway.");
  const request: ClientRequest = {
    ...built,
    account: call.account,
    kind: call.attempt.sends > 1 ? "resend" : "send",
    method: "POST",
    idempotencyKey: call.attempt.gatewayKey,
    notAfter: call.sendBefore,
  };
  return say(call, request, "money");
}

function question(call: Call, path: string): ClientRequest {
  return { account: call.account, kind: "question", method: "GET", path, body: null, evidence: null, idempotencyKey: null };
}

function refused(message: string): Reply {
  return { outcome: { kind: "rejected", code: "not_for_this_gateway", message }, exchanges: [] };
}

/** Registers where needed, asks, reads; once more where the far side has forgotten the account (and so refused without effect). */
function talker(deps: SandboxConnectorDeps): Say {
  const registered = new Map<string, Promise<Outcome | null>>();

  async function ensureRegistered(account: ConnectorAccount): Promise<Outcome | null> {
    const known = registered.get(account.id) ?? register(deps, account);
    registered.set(account.id, known);
    const failure = await known;
    if (failure !== null) registered.delete(account.id);
    return failure;
  }

  return async (call, request, asked) => {
    const exchanges: Evidence[] = [];
    for (let tries = 1; ; tries++) {
      const failure = await ensureRegistered(call.account);
      if (failure !== null)
        return { outcome: refusalProvesNothing(call.attempt, asked) ? unknown("the account could not be registered") : failure, exchanges };
      const { result, evidence } = await exchange(deps, request);
      if (tries === 1 && isForgotten(result)) {
        registered.delete(call.account.id);
        exchanges.push(evidence);
        continue;
      }
      const { outcome, note } = mapResult(result, call.attempt, asked);
      if (note !== null) tellOfWord(deps, note, { attempt: call.attempt.id, account: call.account.id });
      exchanges.push(note === null ? evidence : { ...evidence, result: `${evidence.result}: ${note}` });
      return { outcome, exchanges };
    }
  };
}

/** The money may move in a way that we do not understand: the payment waits, and a person should know. */
function tellOfWord({ log }: SandboxConnectorDeps, note: string, about: Readonly<Record<string, string>>): void {
  log?.warn({ ...about, note }, "the sandbox used a word that we do not know; the payment stays processing");
}

/** Null: done. Otherwise the request proper never left, whatever became of the registration. */
async function register(deps: SandboxConnectorDeps, account: ConnectorAccount): Promise<Outcome | null> {
  const address = { [deps.isGuess ? "webhook_url_if_none" : "webhook_url"]: deps.webhookBaseUrl };
  const body = JSON.stringify({ ...address, webhook_secret: account.credentials["webhook_secret"] ?? "" });
  const path = `/accounts/${encodeURIComponent(account.id)}`;
  const { result } = await exchange(deps, { account, kind: "send", method: "POST", path, body, evidence: null, idempotencyKey: null });
  if (result.kind === "answer" && result.status === 200) return null;
  if (result.kind === "answer" && result.status >= 400 && result.status < 500 && result.status !== 429) {
    return { kind: "rejected", code: "account_refused", message: "The sandbox refused the account's credentials." };
  }
  return { kind: "not_sent", reason: `account not registered: ${result.kind === "answer" ? `status ${result.status}` : result.reason}` };
}

function isForgotten(result: Exchanged["result"]): boolean {
  if (result.kind !== "answer" || result.status !== 401) return false;
  const error = parse(result.body)?.["error"];
  return typeof error === "object" && error !== null && (error as Record<string, unknown>)["code"] === "unknown_account";
}
