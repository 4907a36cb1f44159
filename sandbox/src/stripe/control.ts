/** For whoever runs tests: faults, webhooks, the journal of calls and the books, in code and below `/_…`. */
import { answer, type FarReply, type FarRequest } from "../far-side.ts";
import type { Ms } from "../ports.ts";
import type { WebhookMode } from "./events.ts";
import { type FaultRule, isStripeFault } from "./faults.ts";
import type { Intent } from "./state.ts";

export interface Controls {
  /** Replaces the rules. The first that fits a request counts, and is used up after `times` requests. */
  setFaults(rules: readonly FaultRule[]): void;
  setWebhooks(mode: WebhookMode): void;
  releaseWebhooks(): void;
}

export interface CallRecord {
  readonly at: Ms;
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  readonly idempotencyKey: string | null;
  readonly replayed: boolean;
  readonly status: number;
  readonly fault: string | null;
}

/** What one intent has taken and given back; holds and releases are no money. */
export interface Book {
  /** `metadata[tillway_key]`, if there is one. */
  readonly key: string | null;
  readonly intent: string;
  readonly status: string;
  readonly currency: string;
  readonly amount: number;
  readonly captured: number;
  /** Succeeded and pending refunds. */
  readonly refunded: number;
  /** All charges of it that the bank approved: more than one is a double charge. */
  readonly charges: readonly { readonly id: string; readonly captured: number }[];
}

export function bookOf({ id, status, currency, amount, metadata, charges: all }: Intent): Book {
  const charges = all.filter((one) => one.status === "succeeded");
  const captured = sumOf(charges.map(({ amountCaptured }) => amountCaptured));
  const refunded = sumOf(charges.map(({ amountRefunded, released }) => amountRefunded - released));
  const shown = charges.map((one) => ({ id: one.id, captured: one.amountCaptured }));
  return { key: metadata["tillway_key"] ?? null, intent: id, status, currency, amount, captured, refunded, charges: shown };
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, one) => sum + one, 0);
}

export interface Controlled extends Controls {
  books(): readonly Book[];
  calls(): readonly CallRecord[];
}

/** `GET /_books`, `GET /_calls`, `POST /_faults`, `POST /_webhooks`. */
export function control(far: Controlled, { method, path, body }: FarRequest): FarReply {
  const name = `${method} ${path.split("?")[0]}`;
  if (name === "GET /_books") return json(200, { data: far.books() });
  if (name === "GET /_calls") return json(200, { data: far.calls() });
  if (name === "POST /_faults") return faults(far, parsed(body));
  if (name === "POST /_webhooks") return webhooks(far, parsed(body));
  return json(404, { error: "Known are GET /_books, GET /_calls, POST /_faults and POST /_webhooks." });
}

/** A list of rules, or `{"rules": [...]}`; an empty one ends all faults. */
function faults(far: Controlled, value: unknown): FarReply {
  const rules = Array.isArray(value) ? value : (value as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(rules) || !rules.every(isRule)) return json(400, { error: "Send a list of rules, each with the name of a fault." });
  far.setFaults(rules);
  return json(200, { rules });
}

function isRule(value: unknown): value is FaultRule {
  const { name, delayMs, times, rate, ...parts } = (value ?? {}) as Record<string, unknown>;
  const isCount = (one: unknown): boolean => one === undefined || (Number.isInteger(one) && (one as number) > 0);
  const isText = ([key, one]: [string, unknown]): boolean => ["method", "path", "body", "seed"].includes(key) && typeof one === "string";
  const isShare = rate === undefined || (typeof rate === "number" && rate >= 0 && rate <= 1);
  return isStripeFault(name) && isShare && isCount(delayMs) && isCount(times) && Object.entries(parts).every(isText);
}

const modes: readonly unknown[] = ["prompt", "held", "lost", "late", "reordered"] satisfies WebhookMode["mode"][];

/** `{"mode": "held"}` and so on; `{"release": true}` lets go what is held. */
function webhooks(far: Controlled, value: unknown): FarReply {
  const { mode, lateMs, copies, release } = (value ?? {}) as Record<string, unknown>;
  if (release === true) far.releaseWebhooks();
  if (mode === undefined && release === true) return json(200, { release });
  const counts = [lateMs, copies].every(
    (one) => one === undefined || (Number.isInteger(one) && (one as number) > 0 && (one as number) < 1e9),
  );
  if (!modes.includes(mode) || !counts || ((copies as number | undefined) ?? 1) > 10)
    return json(400, { error: `Send a mode: ${modes.join(", ")}.` });
  far.setWebhooks({ mode: mode as WebhookMode["mode"], lateMs: lateMs as number, copies: copies as number });
  return json(200, { mode });
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function json(status: number, value: unknown): FarReply {
  return answer(status, JSON.stringify(value));
}
