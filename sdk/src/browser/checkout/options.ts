/** What a shop says to open a checkout, and what it gets back. */
import type { CheckoutMode, CheckoutResult } from "./messages.ts";

export interface CheckoutOptions {
  /** The publishable key: `pk_…`. */
  readonly key: string;
  readonly orderId: string;
  /** `client_secret` of the order, or of its checkout session. Without it the shopper sees no payment but those of this frame. */
  readonly clientSecret?: string;
  readonly sessionId?: string;
  /** At most one of these two, once. */
  readonly onSuccess?: (result: CheckoutResult) => void;
  readonly onFailure?: (result: CheckoutResult) => void;
  /** Once, when the checkout has left the page; whatever became of the payment. */
  readonly onClose?: () => void;
  /** As in `de` or `pt-BR`; without it, the browser's. */
  readonly locale?: string;
  /** `modal` if nothing else is said. */
  readonly mode?: CheckoutMode;
  /** Where it goes if `mode` is `inline`: an element, or its selector. */
  readonly container?: Element | string;
  /** Where the checkout is. `/checkout.js` knows: the address it came from. */
  readonly checkoutUrl?: string;
}

export interface CheckoutHandle {
  /** Never rejects. The first of: what the checkout said, that it can't be reached, that it was closed. */
  readonly result: Promise<CheckoutResult>;
  /** Takes the checkout out of the page at once; what is under way goes on without it. Calls `onClose`. */
  close(): void;
  /** As `close`, and calls nothing: for a page that goes away itself. */
  destroy(): void;
}

/** Thrown by `open` for options that can't work. */
export class CheckoutError extends Error {
  override readonly name = "CheckoutError";
  readonly code = "invalid_options";
  /** The option. */
  readonly param: string;
  constructor(param: string, message: string) {
    super(`${param}: ${message}`);
    this.param = param;
  }
}

/** Whose secret it is. Other texts are left to the checkout to judge. */
const OWNER = /^((?:ord|cs)_\w{26})_secret_/;

/** The frame's address. Throws `CheckoutError`. */
export function frameUrl({ key, orderId, clientSecret = "", sessionId = orderId, checkoutUrl }: CheckoutOptions): URL {
  if (typeof key !== "string" || !key.startsWith("pk_"))
    throw new CheckoutError("key", "pass the publishable key, which begins with pk_. A secret key must not be in a page.");
  if (typeof orderId !== "string" || orderId === "") throw new CheckoutError("orderId", "pass the id of an order.");
  // The secret decides what is shown, so a mix-up would have the shopper pay another order.
  const owner = OWNER.exec(clientSecret)?.[1] ?? sessionId;
  if (owner !== sessionId)
    throw new CheckoutError("clientSecret", `this is the secret of ${owner}. One of a session goes with its sessionId.`);
  try {
    const url = new URL("embed", checkoutUrl);
    url.searchParams.set("key", key);
    return url;
  } catch {
    throw new CheckoutError("checkoutUrl", "pass the address of the checkout, as in https://pay.example.com/.");
  }
}

/** Throws `CheckoutError`. */
export function containerOf({ container }: CheckoutOptions): Element {
  const element = typeof container === "string" ? document.querySelector(container) : container;
  if (!element) throw new CheckoutError("container", "inline needs an element that is in the page, or its selector.");
  return element;
}
