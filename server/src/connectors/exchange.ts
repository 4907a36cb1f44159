/** HTTP with a gateway, for every connector: time limits, evidence, and the rules for reading an answer that all gateways share. */
import { hideAndCut } from "../core/card-number.ts";
import {
  GATEWAY_CONNECT_TIMEOUT_MS,
  GATEWAY_MAX_ANSWER_BYTES,
  GATEWAY_MONEY_TIMEOUT_MS,
  GATEWAY_READ_TIMEOUT_MS,
} from "../core/constants.ts";
import type { Attempt, Ms } from "../core/model.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Clock, Log } from "../core/ports/world.ts";
import type { CheckResult, Connector, Evidence, Tokenizer } from "../core/ports/connector.ts";
import type { Faults } from "../core/ports/test-mode.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../core/ports/http.ts";
import { retryAfterMs } from "../net/retry-after.ts";

/** One gateway as this process reaches it. */
export interface Gateway {
  readonly connector: Connector;
  readonly tokenizer?: Tokenizer;
  /** Checks that it answers: no account, nothing written. Throws if it does not. */
  readonly health?: () => Promise<void>;
  /** Lets it fail on purpose, if it is simulated. Throws if it cannot be reached. */
  readonly setFaults?: (faults: Faults) => Promise<void>;
}

export interface GatewayContext {
  readonly http: HttpPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Where gateways reach our API, and whether that is only a guess. */
  readonly webhookBaseUrl: string;
  readonly isGuess: boolean;
  /** By connector: its base URL if the configuration sets one, and the HTTP adapter that reaches it. */
  readonly places: Readonly<Record<string, Place | undefined>>;
}

/** Where a gateway is, and what its operator has switched on. */
export interface Place {
  readonly baseUrl: string;
  readonly http?: HttpPort;
  /** Where a shopper's browser reaches it; left out: at the base URL. */
  readonly browserUrl?: string;
  /** By the names that its entry gives them. */
  readonly switches?: Readonly<Record<string, boolean>>;
}

/** A connector as the table in `index.ts` lists it: all that the rest of Tillway knows of it. Its variables and their docs follow from this. */
export interface Entry {
  /** As people write the gateway's name. */
  readonly title: string;
  /** Null if it can't be reached as this process is configured. */
  readonly open: (context: GatewayContext) => Gateway | null;
  /** The gateway's own address, without a slash at its end; the variable `NAME_URL` sets another one. Left out: there is no such variable. */
  readonly url?: string;
  /** What an operator may switch on, by the end of the variable's name (`NAME_…`): a sentence about what it does, without its full stop. */
  readonly switches?: Readonly<Record<string, string>>;
  /** The variable that is missing if it can't be opened. */
  readonly needs?: string;
}

export interface ClientDeps {
  readonly http: HttpPort;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly clock: Clock;
}

/** `notAfter`: see `Call.sendBefore`; questions may always leave. */
export interface ClientRequest extends Pick<HttpRequest, "method" | "headers" | "body" | "notAfter"> {
  readonly kind: Evidence["kind"];
  readonly path: string;
  /** The part of the body that is kept as evidence. */
  readonly evidence: string | null;
  /** The part of the answer that is kept as evidence; left out: all of it. */
  readonly shownAs?: (answer: string) => string;
  /** Left out: that of a payment, or of a question. */
  readonly totalTimeoutMs?: number;
  /** Left out: that of an answer about one payment. */
  readonly maxBytes?: number;
  readonly traceparent?: string;
}

/** A JSON object as a gateway sent it, read with care: nothing in it is trusted to be there. */
export type Shown = Readonly<Record<string, unknown>>;

/** `money`: an operation was requested, for the first time or again. `question`: what became of one was asked, or that it be called off. */
export type Asked = "money" | "question";

/**
 * The meaning of a refusal that is more than "our request is wrong". `there_already`: it proves that the gateway has done something
 * under this key or to this charge ("key used for another request", "already captured"), so only a question may follow.
 */
export type RefusalMeaning = "at_work" | "called_off" | "not_found" | "there_already";

/** A gateway's answer to a request that it refused. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The operation that it names as existing. */
  readonly reference: string | null;
  /** Kept under the key: sending again would only replay it. */
  readonly isStored: boolean;
  readonly meaning: RefusalMeaning | undefined;
}

/** The part of reading answers that is a gateway's own. */
export interface Dialect {
  /** Reads the body of a 2xx about this attempt. */
  readonly shown: (body: Shown, attempt: Attempt) => Outcome;
  /** Reads the body of a 4xx or 5xx; null: it is no error of the gateway's, but a proxy's or somebody else's, which proves nothing. */
  readonly refusal: (body: Shown, status: number) => Refusal | null;
}

/** One exchange. Questions may time out early, since they are asked again anyway. */
export async function exchange(
  { http, baseUrl, clock }: ClientDeps,
  request: ClientRequest,
): Promise<{ readonly result: HttpResult; readonly evidence: Evidence }> {
  const startedAt = clock.now();
  const { kind, method, body, notAfter, traceparent, shownAs = (answer) => answer } = request;
  const headers = traceparent === undefined ? request.headers : { ...request.headers, traceparent };
  const url = baseUrl + request.path;
  const answer = await http.send({
    method,
    url,
    headers,
    body,
    notAfter,
    connectTimeoutMs: GATEWAY_CONNECT_TIMEOUT_MS,
    totalTimeoutMs: request.totalTimeoutMs ?? (method === "GET" ? GATEWAY_READ_TIMEOUT_MS : GATEWAY_MONEY_TIMEOUT_MS),
    maxBytes: request.maxBytes ?? GATEWAY_MAX_ANSWER_BYTES,
  });
  const result = withoutSecret(answer, headers["authorization"]);
  const answered = result.kind === "answer";
  const evidence = {
    kind,
    method,
    url,
    request: request.evidence === null ? null : redactEvidence(request.evidence),
    status: answered ? result.status : null,
    response: answered ? redactEvidence(shownAs(result.body)) : null,
    result: answered ? "answer" : `${result.kind}: ${result.reason}`,
    startedAt,
    durationMs: result.durationMs,
  };
  return { result, evidence };
}

/** A gateway may repeat our credentials in an error, which is kept and shown to people. */
function withoutSecret(result: HttpResult, authorization: string | undefined): HttpResult {
  if (result.kind !== "answer" || authorization === undefined) return result;
  const token = authorization.slice(authorization.indexOf(" ") + 1);
  const password = authorization.startsWith("Basic ") ? Buffer.from(token, "base64").toString("utf8").split(":").slice(1).join(":") : "";
  const found = [authorization, token, password].filter((each) => each.length >= SECRET_MIN && result.body.includes(each));
  return found.length === 0 ? result : { ...result, body: found.reduce((body, each) => body.replaceAll(each, "[hidden]"), result.body) };
}

/** Shorter words are no secrets, and stand in answers by chance. */
const SECRET_MIN = 8;

/**
 * Reads the result of an exchange about this attempt. Only a first request that was refused, throttled or never left proves that nothing
 * was taken. If an earlier request may have arrived (`questions` were asked since), or if this was a question, it proves nothing.
 */
export function readResult(
  result: HttpResult,
  { attempt, asked, now }: { readonly attempt: Attempt; readonly asked: Asked; readonly now: Ms },
  dialect: Dialect,
): Outcome {
  const provesNothing = refusalProvesNothing(attempt, asked);
  if (result.kind === "not_sent")
    return provesNothing ? unknown(`not sent: ${result.reason}`) : { kind: "not_sent", reason: result.reason };
  if (result.kind === "unknown") return unknown(result.reason);
  const { status } = result;
  const body = parse(result.body);
  if (status === 429) return provesNothing ? unknown("throttled") : { kind: "throttled", retryAfterMs: retryAfterMs(result.headers, now) };
  if (status >= 500) return unknown(`status ${status}`, body !== null && dialect.refusal(body, status)?.isStored === true);
  if (body === null) return unknown(`status ${status}, not JSON`);
  if (status >= 400) {
    const refusal = dialect.refusal(body, status);
    return refusal === null ? unknown(`status ${status}, not an error of the gateway's`) : refused(refusal, asked, provesNothing);
  }
  return status >= 200 && status < 300 ? dialect.shown(body, attempt) : unknown(`status ${status}`);
}

function refused({ code, message, reference, meaning }: Refusal, asked: Asked, provesNothing: boolean): Outcome {
  if (meaning === "at_work") return { kind: "pending", reference: null };
  if (meaning === "called_off") return { kind: "canceled", reference: null };
  if (meaning === "not_found" && asked === "question") return { kind: "not_found" };
  // Without a reference it is "pending": it arrived, and no later "not found" proves that it did not.
  if (meaning === "there_already")
    return reference === null ? { kind: "pending", reference } : { ...unknown(`refused, as something is there: ${code}`), reference };
  return provesNothing ? unknown(`refused: ${code}`) : { kind: "rejected", code, message };
}

/** Reads what a gateway answered to a call that only tests an account's credentials. */
export function readCheck(result: HttpResult): CheckResult {
  if (result.kind !== "answer") return { kind: "unreachable", reason: result.reason };
  const reason = `status ${result.status}`;
  if (result.status === 401 || result.status === 403) return { kind: "refused", reason };
  return result.status >= 200 && result.status < 300 ? { kind: "ok" } : { kind: "unreachable", reason };
}

/** True if "refused" or "not sent" is about this exchange only, since an earlier request may have arrived. */
export function refusalProvesNothing(attempt: Pick<Attempt, "questions">, asked: Asked): boolean {
  return asked === "question" || attempt.questions > 0;
}

export function unknown(reason: string, storedError = false): Extract<Outcome, { kind: "unknown" }> {
  return { kind: "unknown", reason, reference: null, storedError };
}

/** A JSON object, or null. */
export function parse(text: string): Shown | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Evidence is for people; more than this adds nothing. */
const EVIDENCE_MAX = 4_096;

/** Text as it is kept as evidence: without card numbers, cut to 4,096 characters. */
export function redactEvidence(text: string): string {
  return hideAndCut(text, EVIDENCE_MAX);
}

/** The same for a word that goes into a sentence or is looked up: cut without a mark. */
export function redactWord(word: string, lengthMax: number): string {
  return hideAndCut(word, lengthMax, "");
}

/** `asha.rao@okbank` → `a***@okbank`: enough to recognise a mix-up, not enough to name a payer. */
export function maskVpa(vpa: string): string {
  return `${vpa.slice(0, 1)}***${vpa.slice(vpa.indexOf("@"))}`;
}
