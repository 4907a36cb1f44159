/**
 * Razorpay Checkout: https://razorpay.com/docs/payments/payment-gateway/web-integration/standard/. The card is typed after confirm, into a
 * window of Razorpay's over the page: until then the token only says so.
 */
import { cardOf, FieldsError, type ActionResult, type Adapter } from "./adapter.ts";
import { fromScript } from "./script.ts";

/** Less than Tillway waits for a shopper, so that no window is open that can pay what was called off. */
const OPEN_FOR_S = 780;

const ONLY_CARDS = { card: true, upi: false, netbanking: false, wallet: false, emi: false, paylater: false };

interface Checkout {
  open(): void;
  close(): void;
  on(event: "payment.failed", handler: () => void): void;
}

type CheckoutScript = new (options: {
  readonly key: string;
  readonly order_id: string;
  readonly notes: Readonly<Record<string, string>>;
  readonly method: typeof ONLY_CARDS;
  readonly timeout: number;
  readonly retry: { readonly enabled: boolean };
  readonly handler: (proof: Readonly<Record<string, string>>) => void;
  readonly modal: { readonly ondismiss: () => void };
}) => Checkout;

export const razorpay: Adapter = {
  async mount(_element, offer, events) {
    const Script = await fromScript<CheckoutScript>(offer, "Razorpay");
    let open: Checkout | null = null;
    events.ready?.();
    events.change?.({ complete: true, error: null });
    return {
      tokenize: () => Promise.resolve(cardOf("razorpay_checkout", offer)),
      act({ values = {} }) {
        const { key_id: key, order_id, ...notes } = values;
        if (key === undefined || order_id === undefined)
          return Promise.reject(new FieldsError("misconfigured", "Razorpay Checkout needs key_id and order_id."));
        return new Promise<ActionResult>((resolve) => {
          const checkout = new Script({
            key,
            order_id,
            notes,
            method: ONLY_CARDS,
            timeout: OPEN_FOR_S,
            // Another try is another payment of ours.
            retry: { enabled: false },
            handler: (proof) => resolve({ status: "completed", proof }),
            modal: { ondismiss: () => resolve({ status: "dismissed" }) },
          });
          checkout.on("payment.failed", () => resolve({ status: "failed" }));
          open = checkout;
          checkout.open();
        });
      },
      destroy: () => open?.close(),
    };
  },
};
