/** I3 and I7: what merchants were told, held against what is true later. */
import { IDEMPOTENCY_ANSWER_MS } from "../core/constants.ts";
import type { Ms } from "../core/model.ts";
import { paymentIsTerminal, type PaymentStatus } from "../core/states.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Heard, Wish } from "./merchant.ts";
import type { Oracle } from "./oracle.ts";

export interface Listener {
  heard(wish: Wish, heard: Heard, hash: string): void;
}

interface Shown {
  readonly id?: string;
  readonly status?: PaymentStatus;
  readonly error?: { readonly payment_id?: string };
}

/**
 * An answer lives a day from when its request came, and the merchant hears it later than that. Nobody repeats a request after half a
 * day: either within the hour, or when the answer is surely gone and the key, but a create's, free for another request.
 */
const SURELY_KEPT_MS = IDEMPOTENCY_ANSWER_MS / 2;

/** Remembers each final answer of each key and compares all later ones with it. */
export function createListener(tables: Tables, blame: Oracle["blame"], now: () => Ms): Listener {
  const finals = new Map<string, { answer: Answer; hash: string; at: Ms }>();
  const payments = new Map<string, string>();
  const ends = new Map<string, PaymentStatus>();

  return {
    heard: (wish, heard, hash) => {
      if (heard.kind !== "answer") return;
      const first = kept(wish);
      if (first && first.hash !== hash)
        blame("I7", `${wish.key} was answered ${heard.answer.status} for another body than the one first answered`);
      const shown = JSON.parse(heard.answer.body) as Shown;
      onePayment(wish, shown);
      keepsItsEnd(shown);
      if (!isFinal(wish, heard.answer, shown)) return;
      if (!first) finals.set(wish.key, { answer: heard.answer, hash, at: now() });
      else if (first.answer.status !== heard.answer.status || first.answer.body !== heard.answer.body) {
        blame("I7", `${wish.key} had two final answers: ${brief(first.answer)} and ${brief(heard.answer)}`);
      }
    },
  };

  function kept(wish: Wish) {
    const first = finals.get(wish.key);
    return first && (wish.kind === "create" || now() - first.at < SURELY_KEPT_MS) ? first : undefined;
  }

  /** I7: one payment per key. I3: what was acknowledged is there. */
  function onePayment(wish: Wish, shown: Shown): void {
    const id = shown.id ?? shown.error?.payment_id;
    if (id === undefined) return;
    const before = payments.get(wish.key);
    if (wish.kind === "create" && before !== undefined && before !== id) blame("I7", `${wish.key} made two payments: ${before} and ${id}`);
    payments.set(wish.key, id);
    for (const acknowledged of payments.values())
      if (!tables.payments.has(acknowledged)) blame("I3", `${acknowledged} was acknowledged and is gone`);
  }

  /** I2, as merchants see it. */
  function keepsItsEnd({ id, status }: Shown): void {
    if (id === undefined || status === undefined) return;
    const end = ends.get(id);
    if (end !== undefined && paymentIsTerminal(end) && tables.payments.get(id)?.status !== end)
      blame("I2", `the merchant was told that ${id} is ${end}, now it is ${tables.payments.get(id)?.status}`);
    if (paymentIsTerminal(status)) ends.set(id, status);
  }
}

/** Replayed, an error, or a success that says the end of what was asked for. */
function isFinal(wish: Wish, answer: Answer, shown: Shown): boolean {
  if (answer.replayed || answer.status >= 400) return true;
  // A cancel that came during a call is answered with the payment as it is, at each repeat anew.
  return (wish.kind === "capture" || wish.kind === "confirm") && shown.status !== undefined && paymentIsTerminal(shown.status);
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
