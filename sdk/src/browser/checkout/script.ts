/** `/checkout.js`: two names in the page, and nothing else until one of them is used. */
import { PaymentGateway, Tillway, type CheckoutOptions } from "./index.ts";

const { currentScript } = document;
/** Where this script came from is where the checkout is. Not known to a page that took the script as a module. */
const own = currentScript instanceof HTMLScriptElement ? { checkoutUrl: new URL("./", currentScript.src).href } : {};

Object.assign(globalThis, {
  Tillway: { open: (options: CheckoutOptions) => Tillway.open({ ...own, ...options }) },
  PaymentGateway: class extends PaymentGateway {
    constructor(options: CheckoutOptions) {
      super({ ...own, ...options });
    }
  },
});
