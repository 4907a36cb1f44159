/** What the far side of Stripe knows: one account with its objects, its books and its memory of requests. All times are milliseconds. */
import { hash } from "node:crypto";
import { Heap } from "../heap.ts";
import type { Ms } from "../ports.ts";
import type { Behaviour, CardFace } from "./cards.ts";
import type { Json } from "./errors.ts";

/** The one version that this far side speaks. */
export const STRIPE_VERSION = "2026-10-28.endive";

export type IntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "processing"
  | "requires_capture"
  | "succeeded"
  | "canceled";

export type Metadata = Readonly<Record<string, string>>;

export interface Method {
  readonly id: string;
  readonly createdAt: Ms;
  readonly card: CardFace;
  readonly behaviour: Behaviour;
  readonly billing: Json;
  readonly metadata: Metadata;
}

export interface Intent {
  readonly id: string;
  readonly clientSecret: string;
  readonly createdAt: Ms;
  readonly amount: number;
  /** Lower case, as Stripe writes it. */
  readonly currency: string;
  captureMethod: string;
  /** Members that are answered as they came. */
  readonly shown: Record<string, unknown>;
  metadata: Metadata;
  status: IntentStatus;
  method: Method | null;
  /** The body of the last decline, without the intent. */
  lastError: Json | null;
  returnUrl: string | null;
  /** Part of the address of the page where the shopper decides. */
  challenge: string | null;
  latestCharge: Charge | null;
  readonly charges: Charge[];
  capturable: number;
  received: number;
  canceledAt: Ms | null;
  cancellationReason: string | null;
  /** Parts may be captured one after the other. */
  multicapture: boolean;
  /** Another request works on it until then. */
  lockedUntil: Ms;
}

export interface Charge {
  readonly id: string;
  readonly createdAt: Ms;
  readonly intent: Intent;
  readonly method: Method;
  status: "succeeded" | "pending" | "failed";
  captured: boolean;
  amountCaptured: number;
  /** Includes what a cancel or a final capture released, as Stripe counts. */
  amountRefunded: number;
  /** Of `amountRefunded`: never taken, so never given back. */
  released: number;
  failure: Json | null;
  /** The hold lapses then. */
  readonly captureBefore: Ms;
}

export interface Refund {
  readonly id: string;
  readonly createdAt: Ms;
  readonly charge: Charge;
  readonly amount: number;
  readonly reason: string | null;
  readonly metadata: Metadata;
  status: "pending" | "succeeded" | "failed";
  failureReason: string | null;
}

export interface EventRecord {
  readonly id: string;
  readonly type: string;
  readonly createdAt: Ms;
  /** The object as it was then, as text: it never changes afterwards. */
  readonly object: string;
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
  /** Endpoints that have not taken it yet. */
  pending: number;
}

export interface Endpoint {
  readonly id: string;
  readonly createdAt: Ms;
  readonly url: string;
  readonly events: readonly string[];
  /** Each one signs: two while the secret is rolled. */
  secrets: readonly string[];
  readonly description: string | null;
  readonly metadata: Metadata;
}

/** The first answer under an idempotency key. */
export interface Kept {
  readonly path: string;
  /** A fingerprint of the parameters. */
  readonly params: string;
  readonly at: Ms;
  readonly requestId: string;
  readonly status: number;
  readonly answer: string;
  readonly runningUntil: Ms;
}

/** Something that happens later by itself. */
export interface Later {
  readonly at: Ms;
  readonly happen: (now: Ms) => void;
}

export interface State {
  readonly seed: string;
  made: number;
  readonly intents: Map<string, Intent>;
  readonly charges: Map<string, Charge>;
  readonly refunds: Map<string, Refund>;
  readonly methods: Map<string, Method>;
  readonly endpoints: Map<string, Endpoint>;
  readonly events: Map<string, EventRecord>;
  readonly kept: Map<string, Kept>;
  /** Idempotency keys, or intents, under which the fault of a token was met. */
  readonly faultsMet: Set<string>;
  readonly later: Heap<Later>;
}

export function emptyState(seed: string): State {
  const maps = { intents: new Map(), charges: new Map(), refunds: new Map(), methods: new Map() };
  return {
    seed,
    made: 0,
    ...maps,
    endpoints: new Map(),
    events: new Map(),
    kept: new Map(),
    faultsMet: new Set(),
    later: new Heap((one, other) => one.at < other.at),
  };
}

/** An id that looks like one of Stripe's: the same seed and order of requests give the same ids. */
export function newId(state: State, prefix: string, length = 24): string {
  state.made += 1;
  return prefix + letters(`${state.seed}|${state.made}|${prefix}`, length);
}

/** What nobody can guess who does not know the seed: letters and digits. */
function letters(of: string, length: number): string {
  return hash("sha512", of, "base64").replaceAll(/[+/=]/g, "").slice(0, length);
}

/** What falls due happens in the order of its time. @returns when the next thing does; null: nothing is to come */
export function catchUp({ later }: State, now: Ms): Ms | null {
  for (;;) {
    const next = later.peek();
    if (next === undefined || next.at > now) return next?.at ?? null;
    later.pop();
    next.happen(next.at);
  }
}
