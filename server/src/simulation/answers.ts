/** I3 and I7: the answers that merchants got, compared with the rows later. */
import { IDEMPOTENCY_ANSWER_MS } from "../core/constants.ts";
import type { Ms } from "../core/model.ts";
import { paymentIsTerminal, type PaymentStatus } from "../core/states.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Heard, MerchantRequest } from "./merchant.ts";
import type { Oracle } from "./oracle.ts";

export interface Listener {
  heard(request: MerchantRequest, heard: Heard, hash: string): void;
}

interface Shown {
  readonly id?: string;
  readonly status?: PaymentStatus;
  readonly error?: { readonly payment_id?: string };
}

/**
 * A stored answer lives a day from when its request came, and the merchant gets it a little later. Simulated merchants repeat a request
 * within the hour, or after the answer is surely gone, when the key is free again (a create's key never is).
 */
const SURELY_KEPT_MS = IDEMPOTENCY_ANSWER_MS / 2;

/** Remembers each final answer of each key and compares all later ones with it. */
export function createListener(tables: Tables, blame: Oracle["blame"], now: () => Ms): Listener {
  const finals = new Map<string, { answer: Answer; hash: string; at: Ms }>();
  const payments = new Map<string, string>();
  const ends = new Map<string, PaymentStatus>();

  return {
    heard: (request, heard, hash) => {
      if (heard.kind !== "answer") return;
      const first = kept(request);
      if (first && first.hash !== hash)
        blame("I7", `${request.key} was answered ${heard.answer.status} for another body than the one first answered`);
      const shown = JSON.parse(heard.answer.body) as Shown;
      onePayment(request, shown);
      keepsItsEnd(shown);
      if (!isFinal(request, heard.answer, shown)) return;
      if (!first) finals.set(request.key, { answer: heard.answer, hash, at: now() });
      else if (first.answer.status !== heard.answer.status || first.answer.body !== heard.answer.body) {
        blame("I7", `${request.key} had two final answers: ${brief(first.answer)} and ${brief(heard.answer)}`);
      }
    },
  };

  function kept(request: MerchantRequest) {
    const first = finals.get(request.key);
    return first && (request.kind === "create" || now() - first.at < SURELY_KEPT_MS) ? first : undefined;
  }

  /** I7: one payment per key. I3: an acknowledged payment is there. */
  function onePayment(request: MerchantRequest, shown: Shown): void {
    const id = shown.id ?? shown.error?.payment_id;
    if (id === undefined) return;
    const before = payments.get(request.key);
    if (request.kind === "create" && before !== undefined && before !== id)
      blame("I7", `${request.key} made two payments: ${before} and ${id}`);
    payments.set(request.key, id);
    for (const acknowledged of payments.values())
      if (![tables.payments, tables.refunds, tables.orders].some((rows) => rows.has(acknowledged)))
        blame("I3", `${acknowledged} was acknowledged and is gone`);
  }

  /** I2, as merchants see it. */
  function keepsItsEnd({ id, status }: Shown): void {
    if (id === undefined || status === undefined) return;
    const end = ends.get(id);
    if (end !== undefined && paymentIsTerminal(end) && tables.payments.get(id)?.status !== end)
      blame("I2", `the merchant was answered that ${id} is ${end}, now it is ${tables.payments.get(id)?.status}`);
    if (paymentIsTerminal(status)) ends.set(id, status);
  }
}

/** Replayed, an error, or a success that shows the end of the operation. */
function isFinal(request: MerchantRequest, answer: Answer, shown: Shown): boolean {
  if (answer.replayed || answer.status >= 400) return true;
  // A cancel during a call is answered with the payment as it is, and each repeat again so.
  if (request.kind === "refund" || request.kind === "order") return answer.status === 201;
  return (request.kind === "capture" || request.kind === "confirm") && shown.status !== undefined && paymentIsTerminal(shown.status);
}

/** One line for the trace. */
export function describeHeard(heard: Heard): string {
  if (heard.kind === "answer") return brief(heard.answer);
  return heard.kind === "refused" ? heard.error.code : heard.reason;
}

function brief(answer: Answer): string {
  const shown = JSON.parse(answer.body) as Shown & { error?: { code?: string } };
  return `${answer.status} ${shown.status ?? shown.error?.code ?? ""}${answer.replayed ? " (replayed)" : ""}`;
}
