/** The merchant's own words about a payment, at any time of its life. They decide nothing. */
import { holdsCardInGroups } from "../../core/card-number.ts";
import { METADATA_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Scope, Snapshot } from "../../core/model.ts";
import { untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";

export interface Words {
  /** Undefined: it stays. */
  readonly description?: string | null;
  /** Names that are not here stay; null removes one. */
  readonly metadata?: Readonly<Record<string, string | null>>;
}

/**
 * The payment with its new words. Events that are written later show them; those of before stay as they were.
 * Throws `TillwayError` not_found, conflicting_field.
 */
export async function annotatePayment(deps: Deps, scope: Scope, paymentId: string, words: Words): Promise<Snapshot> {
  return untilFirst(paymentId, async () => {
    const snapshot = await deps.store.load(scope, paymentId);
    if (!snapshot) throw new TillwayError("not_found");
    const { payment } = snapshot;
    const description = words.description === undefined ? payment.description : words.description;
    const after = { description, metadata: merged(payment.metadata, words.metadata ?? {}) };
    const version = payment.version + 1;
    return (await deps.store.annotate(payment, after)) ? { ...snapshot, payment: { ...payment, ...after, version } } : null;
  });
}

/** As JSON Merge Patch (RFC 7396) has it. */
function merged(before: Readonly<Record<string, string>>, words: Readonly<Record<string, string | null>>): Record<string, string> {
  const after = Object.entries({ ...before, ...words }).filter((entry): entry is [string, string] => entry[1] !== null);
  if (after.length > METADATA_MAX) {
    const message = `The payment would have ${after.length} texts, and may have ${METADATA_MAX}. Remove some: {"name": null}.`;
    throw new TillwayError("conflicting_field", { param: "metadata", message });
  }
  // Its groups may come one by one, each in a request of its own.
  if (holdsCardInGroups(after.map(([, text]) => text))) {
    const message =
      "With these texts metadata looks as if it held a card number. Card numbers must not be sent here: only card.number takes them.";
    throw new TillwayError("conflicting_field", { param: "metadata", message });
  }
  return Object.fromEntries(after);
}
