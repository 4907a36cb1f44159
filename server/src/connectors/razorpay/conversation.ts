/** The requests of one operation, one after the other, with their evidence. */
import type { Ms } from "../../core/model.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import type { Call, Evidence, Reply } from "../../core/ports/connector.ts";
import type { Outcome } from "../../core/outcome.ts";
import { GATEWAY_READ_TIMEOUT_MS } from "../../core/constants.ts";
import {
  exchange,
  isObject,
  parse,
  readResult,
  type Asked,
  type ClientDeps,
  type Dialect,
  type GatewayContext,
  type Shown,
} from "../exchange.ts";
import { dialectOf, foreignKey, unknownWord } from "./map.ts";
import { authorizationOf, withoutPayer } from "./requests.ts";

export interface RazorpayDeps extends ClientDeps, Partial<Pick<GatewayContext, "log">> {
  readonly upiCollect?: boolean;
}

/** A request of an operation. `money`: it may move some, and must not leave late. */
export interface Wanted {
  readonly path: string;
  readonly money?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Moves none by itself, and what follows is to leave in time. */
  readonly isQuick?: boolean;
}

export interface Conversation {
  readonly call: Call;
  readonly baseUrl: string;
  now(): Ms;
  ask(wanted: Wanted): Promise<HttpResult>;
  /** Reads an answer; `shown` reads the body of a 2xx. */
  read(result: HttpResult, asked: Asked, shown: Dialect["shown"]): Outcome;
  /** The outcome of one entity, unless it carries another key of ours; a status that we do not know is logged. */
  readEntity(entity: Shown, outcomeOf: (entity: Shown) => Outcome): Outcome;
  end(outcome: Outcome): Reply;
}

export function converse(deps: RazorpayDeps, call: Call): Conversation {
  const exchanges: Evidence[] = [];
  const { attempt, account, traceparent, sendBefore } = call;
  return {
    call,
    baseUrl: deps.baseUrl,
    now: deps.clock.now,
    async ask({ path, money, headers, isQuick = false }) {
      const isMoney = money !== undefined;
      const body = isMoney ? JSON.stringify(money) : null;
      const { result, evidence } = await exchange(deps, {
        kind: isMoney ? (attempt.sends > 1 ? "resend" : "send") : "question",
        method: isMoney ? "POST" : "GET",
        path: `/v1${path}`,
        headers: { authorization: authorizationOf(account), ...(isMoney && { "content-type": "application/json" }), ...headers },
        body,
        evidence: body === null ? null : withoutPayer(body),
        shownAs: withoutPayer,
        notAfter: isMoney ? sendBefore : null,
        totalTimeoutMs: isQuick ? GATEWAY_READ_TIMEOUT_MS : undefined,
        traceparent,
      });
      exchanges.push(evidence);
      return result;
    },
    read(result, asked, shown) {
      const outcome = readResult(result, { attempt, asked, now: deps.clock.now() }, dialectOf(shown));
      // Our request was right, and the bank refused to do it. A charge that a bank refuses is seen in its payment.
      const isBanks = outcome.kind === "rejected" && attempt.operation !== "charge" && isBanksRefusal(result);
      return isBanks ? { kind: "declined", reference: null, declineCode: "operation_refused", message: outcome.message } : outcome;
    },
    readEntity(entity, outcomeOf) {
      const foreign = foreignKey(entity, attempt);
      if (foreign !== null) return foreign;
      const note = unknownWord(entity);
      const last = exchanges.at(-1);
      if (note !== null && last !== undefined) {
        exchanges[exchanges.length - 1] = { ...last, result: `${last.result}: ${note}` };
        deps.log?.warn(
          { attempt: attempt.id, account: account.id, note },
          "Razorpay used a word that we do not know; the payment stays processing",
        );
      }
      return outcomeOf(entity);
    },
    end: (outcome) => ({ outcome, exchanges }),
  };
}

function isBanksRefusal(result: HttpResult): boolean {
  const error = result.kind === "answer" ? parse(result.body)?.["error"] : null;
  return isObject(error) && error["code"] === "GATEWAY_ERROR";
}

/** The JSON object of a 2xx, or null. */
export function bodyOf(result: HttpResult): Shown | null {
  return result.kind === "answer" && result.status >= 200 && result.status < 300 ? parse(result.body) : null;
}
