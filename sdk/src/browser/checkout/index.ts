/** The checkout for shops that bundle their page: `Tillway.open`, and the same by another name. */
import { open } from "./open.ts";
import type { CheckoutHandle, CheckoutOptions } from "./options.ts";

export { CheckoutError } from "./options.ts";
export type { CheckoutMode, CheckoutProblem, CheckoutResult } from "./messages.ts";
export type { CheckoutHandle, CheckoutOptions } from "./options.ts";

export const Tillway: { readonly open: (options: CheckoutOptions) => CheckoutHandle } = { open };

/** For code that was written for `new PaymentGateway({ … }).open()`. */
export class PaymentGateway {
  readonly #options: CheckoutOptions;
  #handle: CheckoutHandle | null = null;
  constructor(options: CheckoutOptions) {
    this.#options = options;
  }
  open(): CheckoutHandle {
    return (this.#handle = open(this.#options));
  }
  close(): void {
    this.#handle?.close();
  }
  destroy(): void {
    this.#handle?.destroy();
  }
}
