/** What the conformance suite needs of a connector and its far side. For tests only. */
import type { Attempt, ConnectorAccount, Operation, PaymentMethod } from "../../core/model.ts";
import type { Call, Connector, RawWebhook, Tokenizer } from "../../core/ports/connector.ts";
import { anAttempt } from "../../core/rows.testing.ts";

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
  | "voidRefused";

export interface World {
  readonly connector: Connector;
  /** The same connector at an address where nobody listens. */
  readonly unreachable: Connector;
  readonly tokenizer?: Tokenizer;
  readonly account: ConnectorAccount;
  /** How to bring each situation about; what is left out this far side cannot do, and is skipped. */
  readonly methods: Partial<Record<Situation, PaymentMethod>>;
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
  /** Signs any body as the far side would, at this time, with this secret. */
  sign(body: string, secret: string, atMs: number): RawWebhook;
  close(): Promise<void>;
}

let made = 0;

/** A call of a charge, or of an operation on it, with a gateway key of its own. */
export function callOf(
  world: World,
  given: {
    operation?: Operation;
    method?: PaymentMethod | null;
    capture?: "automatic" | "manual";
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
    returnUrl: null,
    sendBefore: null,
  };
}
