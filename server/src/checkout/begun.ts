/** What is begun at one order from a shopper's browser: counted, so that nobody tries cards out at it without end. */
import { buckets } from "../api/wrong-tries.ts";
import { TillwayError } from "../core/errors.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { CheckoutDeps } from "./deps.ts";
import type { Opened } from "./opened.ts";

/**
 * What strangers began at one order, at once, and within which time it comes back one by one. Charges: cards are tried out where nobody counts.
 * Payments that only wait for a card: each time that a gateway's card fields are shown makes one.
 */
export const STRANGERS_CHARGES_MAX = 10;
const STRANGERS_WAITING_MAX = 60;
/** By the client secret: more than any shopper tries. Whoever typed another's address into a basket must not fill that mailbox by declines. */
export const SHOPPERS_CHARGES_MAX = 30;
const WINDOW_MS = 1_800_000;

type Found = Pick<Opened, "by" | "order" | "link">;

/**
 * Counts the payments that are begun. Strangers came without the shop: by an opening, and by a payment link, which gives an order's secret to
 * anybody. They are counted apart, so that they slow no shopper down. By order and not by address: of addresses whoever tries cards out has many.
 */
export function begunPayments({ flows: { clock } }: { readonly flows: Pick<CheckoutDeps["flows"], "clock"> }) {
  const within = (most: number) => buckets(most, most / WINDOW_MS);
  const [strangers, waiting, shoppers] = [within(STRANGERS_CHARGES_MAX), within(STRANGERS_WAITING_MAX), within(SHOPPERS_CHARGES_MAX)];
  /** Throws `TillwayError` rate_limited. What was refused, or is a repeat, does not count. */
  return async ({ by, order: { id }, link }: Found, isCharge: boolean, act: () => Promise<Answer>): Promise<Answer> => {
    const isShopper = by === "secret" && link === null;
    if (isShopper && !isCharge) return act();
    const begun = isShopper ? shoppers : isCharge ? strangers : waiting;
    if (!begun.take(id, clock.now())) {
      const message =
        by !== "secret" && link === null
          ? "This order was tried often without its client secret. Wait as Retry-After says, or pass the client secret."
          : "This order was tried often. Wait as Retry-After says.";
      throw new TillwayError("rate_limited", { message, retryAfterMs: begun.waitMs(id, clock.now()) });
    }
    let isRepeat = true;
    try {
      const answer = await act();
      isRepeat = answer.replayed;
      return answer;
    } catch (error) {
      // The bank's no is the end of a charge, and what whoever tries cards out wants to hear.
      isRepeat = !(error instanceof TillwayError && error.status === 402);
      throw error;
    } finally {
      if (isRepeat) begun.giveBack(id);
    }
  };
}

/** Somebody else's payment has the order: whoever has not its secret is not told which. */
export async function namingNoOther<Done>({ by }: Found, act: () => Promise<Done>): Promise<Done> {
  try {
    return await act();
  } catch (error) {
    if (by !== "secret" && error instanceof TillwayError && error.code === "order_busy")
      throw new TillwayError("order_busy", { param: "order_id" });
    throw error;
  }
}
