/** What the conformance suite needs of a connector and its far side. For tests only. */
import type { Attempt, ConnectorAccount, Operation, PaymentMethod } from "../../core/model.ts";
import type { Call, Connector, RawWebhook, Tokenizer } from "../../core/ports/connector.ts";
import type { HttpPort, HttpRequest } from "../../core/ports/http.ts";
import type { Log } from "../../core/ports/world.ts";
import { anAttempt } from "../../core/rows.testing.ts";
import type { Wire } from "./wire.testing.ts";

/** What a far side can be made to do to a charge. */
export type Situation =
  | "approved"
  | "card_declined"
  | "insufficient_funds"
  | "fraud_suspected"
  | "challenge"
  | "pending"
  | "pendingThenApproved"
  | "approvedUpi"
  | "declinedUpi"
  | "netbanking"
  | "timeoutBefore"
  | "timeoutAfter"
  | "resetAfter"
  | "cutAfter"
  | "plainErrorBefore"
  | "storedErrorAfter"
  | "htmlAfter"
  | "throttledOnce"
  | "wrongAmount"
  | "unknownStatus"
  | "refundRefused"
  | "captureRefused"
  | "voidRefused"
  | "declinedThenCaptured";

/** What a gateway itself may not have. */
export type Lackable =
  | Situation
  | Operation
  /** A hold is captured whole or not at all. */
  | "partial_capture"
  | "partial_refund"
  /** A charge can be called off while its shopper is at the bank. */
  | "canceling"
  /** Two requests under one key that arrive at once have one effect. */
  | "idempotency_keys"
  /** Its webhooks carry the time at which they were signed. */
  | "signed_time"
  /** It holds captures and refunds against what there is. */
  | "limits"
  /** Somebody else can make charges on the same account. */
  | "strangers"
  | "list";

/** Why the gateway has none, and where it says so: the address of its documentation, or a path of this project. */
export interface Lack {
  readonly why: string;
  readonly source: string;
}

export interface World {
  readonly connector: Connector;
  /** The same connector at an address where nobody listens. */
  readonly unreachable: Connector;
  readonly tokenizer?: Tokenizer;
  /** What the suite pays in, a currency with two decimals; left out: INR. */
  readonly currency?: string;
  readonly account: ConnectorAccount;
  /** Between the connector and its far side. */
  readonly wire: Wire;
  /** What the connector's log was warned of. */
  readonly warnings: readonly string[];
  /** How to bring each situation about. What is left out and does not happen on the wire must stand in `lacks`. */
  readonly methods: Partial<Record<Situation, PaymentMethod>>;
  /** What the gateway itself does not have: these scenarios are skipped, and the suite allows ten. */
  readonly lacks?: Partial<Record<Lackable, Lack>>;
  /** The request of a charge that takes the money; left out: each POST does. */
  readonly takesMoney?: (request: HttpRequest) => boolean;
  /** The gateway's answer while the first request under the same key is at work; it needs one only if it has keys. */
  readonly inUse?: { readonly status: number; readonly body: object };
  /** Makes a charge at the far side that is none of ours. */
  readonly stranger?: () => Promise<void>;
  /** What somebody does on a page of the bank that a charge led to; left out: none leads to one. */
  readonly shopper?: (page: string, does: "pays" | "refuses") => Promise<void>;
  /** Time of the far side. */
  now(): number;
  /** Lets this much of the far side's time pass. */
  pass(ms: number): Promise<void>;
  /** Runs one exchange to its end, time limits included. */
  run<T>(exchange: Promise<T>): Promise<T>;
  /** Captured less refunded under this charge's key, by the far side's own books. */
  taken(gatewayKey: string): number;
  /** Charges in the books under this key: 0 or 1. */
  charges(gatewayKey: string): number;
  /** A genuine webhook about a charge that was pending and then approved, signed now. */
  webhook(call: Call): Promise<RawWebhook>;
  /** A charge is begun by a request of its own before the one that takes the money: in `timeoutBefore` the first one arrives. */
  readonly beginsFirst?: boolean;
  /** Captures and voids that it refused leave no trace. */
  readonly forgetsRefusals?: boolean;
  /** An event that is about nothing of ours, if it does not look as the sandbox's. */
  readonly strangeEvent?: object;
  /** Signs any body as the far side would, at this time, with this secret. */
  sign(body: string, secret: string, atMs: number): RawWebhook;
  /** The same by several secrets at once, if a webhook can have several signatures. */
  readonly signByEach?: (body: string, secrets: readonly string[], atMs: number) => RawWebhook;
  close(): Promise<void>;
}

/** Time that stands still until the suite moves it, and an exchange that is run to its end in it. */
export function inTime(clock: { now(): number; advance(ms: number): Promise<void> }): Pick<World, "now" | "pass" | "run"> {
  return {
    now: clock.now,
    pass: (ms) => clock.advance(ms),
    async run(exchange) {
      let isOver = false;
      const done = exchange.finally(() => (isOver = true));
      // Also if it fails while time goes on; whoever awaits it sees that.
      done.catch(() => undefined);
      for (let i = 0; i < 1_000 && !isOver; i++) await clock.advance(100);
      return done;
    },
  };
}

/** Where nobody listens, for `World.unreachable`. */
export const nobody: HttpPort = { send: async () => ({ kind: "not_sent", reason: "ECONNREFUSED", durationMs: 0 }) };

/** A log that keeps its warnings, for `World.warnings`. */
export function warningLog(): { readonly log: Log; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const warn: Log["warn"] = (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`);
  return { log: { info: () => undefined, warn, error: warn }, warnings };
}

let made = 0;

/** A call of a charge, or of an operation on it, with a gateway key of its own. */
export function callOf(
  world: World,
  given: {
    operation?: Operation;
    method?: PaymentMethod | null;
    capture?: "automatic" | "manual";
    returnUrl?: string;
    parent?: string;
    attempt?: Partial<Attempt>;
  } = {},
): Call {
  made += 1;
  const id = `pay_${made}`;
  const now = world.now();
  const attempt = anAttempt({
    id: `att_${made}`,
    paymentId: id,
    subject: id,
    operation: given.operation ?? "charge",
    connector: world.connector.name,
    accountId: world.account.id,
    gatewayKey: `conformance-key-${String(made).padStart(8, "0")}`,
    amount: 4_500,
    currency: world.currency ?? "INR",
    parentReference: given.parent ?? null,
    firstSentAt: now,
    lastSentAt: now,
    createdAt: now,
    ...given.attempt,
  });
  return {
    attempt,
    account: world.account,
    method: given.method ?? null,
    captureMethod: given.capture ?? "automatic",
    returnUrl: given.returnUrl ?? null,
    customer: { email: "asha@example.com", phone: "+919999999999" },
    sendBefore: null,
  };
}
