/** HTTP with Stripe: forms, headers, evidence without secrets, and what an answer is before anybody has read its object. */
import type { ConnectorAccount, Ms } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call, Evidence } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import type { Log } from "../../core/ports/world.ts";
import {
  exchange,
  isObject,
  parse,
  readResult,
  redactWord,
  unknown,
  type Asked,
  type ClientDeps,
  type Dialect,
  type Shown,
} from "../exchange.ts";
import { unknownWord } from "./read.ts";
import { meanings } from "./tables.ts";

/** Every request names it, so that no setting of an account changes what we read. */
const STRIPE_VERSION = "2026-10-28.endive";

export interface StripeDeps extends ClientDeps {
  /** Is told of words of Stripe that we do not know. */
  readonly log?: Log;
}

/** Names as Stripe writes them, with brackets; what is undefined is left out. */
export type Form = Readonly<Record<string, string | number | boolean | undefined>>;

export interface StripeRequest {
  readonly kind: Evidence["kind"];
  readonly method: "GET" | "POST";
  readonly path: string;
  /** The body of a POST, the query of a GET. */
  readonly form?: Form;
  readonly idempotencyKey?: string;
  readonly notAfter?: Ms | null;
  /** Of the answer, if it may be longer than one object. */
  readonly maxBytes?: number;
}

/**
 * `silence`: nobody has said what is true; its outcome says whether a byte may have left. `saidAt`: by Stripe's own clock, to the second; null if
 * the answer doesn't show it.
 */
export type Answer =
  | { readonly kind: "object"; readonly body: Shown; readonly saidAt: Ms | null }
  | { readonly kind: "refusal"; readonly status: number; readonly error: Shown; readonly outcome: Outcome; readonly saidAt: Ms | null }
  | { readonly kind: "silence"; readonly outcome: Outcome };

/** The exchanges of one call. */
export interface Talk {
  readonly exchanges: Evidence[];
  readonly call: Call;
  readonly now: () => Ms;
  say(request: StripeRequest): Promise<Answer>;
}

export function talkAbout(deps: StripeDeps, call: Call): Talk {
  const exchanges: Evidence[] = [];
  const { attempt, account, traceparent } = call;
  return {
    exchanges,
    call,
    now: deps.clock.now,
    async say({ kind, method, path, form = {}, idempotencyKey, notAfter, maxBytes }) {
      const text = encodeForm(form);
      const body = method === "POST" ? text : null;
      const headers = {
        ...headersOf(account),
        ...(body === null ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      };
      const target = method === "GET" && text !== "" ? `${path}?${text}` : path;
      const { result, evidence } = await exchange(deps, {
        kind,
        method,
        path: target,
        headers,
        body,
        evidence: body,
        notAfter,
        maxBytes,
        traceparent,
      });
      const asked = kind === "send" || kind === "resend" ? "money" : "question";
      const answer = readAnswer(result, { attempt, asked, now: deps.clock.now() });
      const note = answer.kind === "object" ? unknownWord(answer.body) : null;
      if (note !== null) {
        const about = { attempt: attempt.id, account: account.id, note };
        deps.log?.warn(about, "Stripe used a word that we do not know; the payment stays processing");
      }
      exchanges.push(withoutSecrets(note === null ? evidence : { ...evidence, result: `${evidence.result}: ${note}` }));
      return answer;
    },
  };
}

/** Of each request. */
export function headersOf({ credentials }: Pick<ConnectorAccount, "credentials">) {
  return { authorization: `Bearer ${credentials["secret_key"] ?? ""}`, "stripe-version": STRIPE_VERSION };
}

/** `a[b]=c d` as Stripe's own clients write it. */
export function encodeForm(form: Form): string {
  const name = (text: string): string => encodeURIComponent(text).replaceAll("%5B", "[").replaceAll("%5D", "]");
  return Object.entries(form)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${name(key)}=${encodeURIComponent(value)}`]))
    .join("&");
}

interface Context {
  readonly attempt: Call["attempt"];
  readonly asked: Asked;
  readonly now: Ms;
}

/**
 * An answer is Stripe's if it is a 2xx with an object, or an error with `error` in it. Anything else (a proxy's page, a redirect, a cut body)
 * says nothing. While the first request under a key is running, Stripe answers 409: that says nothing either.
 */
export function readAnswer(result: HttpResult, context: Context): Answer {
  if (result.kind !== "answer") return { kind: "silence", outcome: readResult(result, context, dialectOf(undefined)) };
  const { status, headers } = result;
  const body = parse(result.body);
  const date = Date.parse(headers["date"] ?? "");
  const saidAt = Number.isNaN(date) ? null : date;
  if (body !== null && status >= 200 && status < 300) return { kind: "object", body, saidAt };
  const error = isObject(body?.["error"]) ? body["error"] : null;
  if (status >= 400 && error === null) return { kind: "silence", outcome: unknown(`status ${status}, not an error of Stripe's`) };
  if (status === 409) return { kind: "silence", outcome: unknown("the first request under this key is still running") };
  const advice = headers["stripe-should-retry"];
  // A 429 with the advice not to come again is a refusal like any other.
  const read = status === 429 && advice === "false" ? { ...result, status: 400 } : result;
  const outcome = readResult(read, context, dialectOf(advice));
  return error !== null && read.status < 500 && read.status !== 429
    ? { kind: "refusal", status, error, outcome, saidAt }
    : { kind: "silence", outcome };
}

/** Stripe stores a 500 under its key; `Stripe-Should-Retry` says so, or that a repeat is another try. */
function dialectOf(advice: string | undefined): Dialect {
  return {
    shown: () => unknown("not read here"),
    refusal: ({ error }, status) => {
      const { code, type, message, payment_intent: intent } = isObject(error) ? error : {};
      const word = typeof code === "string" ? code : typeof type === "string" ? type : `status_${status}`;
      const reference = isObject(intent) ? intent["id"] : null;
      return {
        code: redactWord(word, 64),
        message: typeof message === "string" ? redactWord(message, 200) : "Stripe refused the request.",
        reference: typeof reference === "string" && reference !== "" ? redactWord(reference, 128) : null,
        isStored: isObject(error) && (advice === "false" || (advice === undefined && status === 500)),
        meaning: meanings.get(word) ?? meanings.get(type),
      };
    },
  };
}

/** A client secret would let its reader confirm the payment; a name, an address or a number would name the payer. */
const HIDDEN_IN_JSON = /("(?:client_secret|receipt_email|email|name|phone|line1|line2|postal_code)"\s*:\s*")(?:[^"\\]|\\.)*/g;
const HIDDEN_IN_FORMS = /((?:client_secret|receipt_email)=)[^&"\s]*/g;

function withoutSecrets(evidence: Evidence): Evidence {
  const hide = (text: string): string => text.replaceAll(HIDDEN_IN_JSON, "$1[hidden]").replaceAll(HIDDEN_IN_FORMS, "$1[hidden]");
  const { request, response } = evidence;
  return { ...evidence, request: request && hide(request), response: response && hide(response) };
}
