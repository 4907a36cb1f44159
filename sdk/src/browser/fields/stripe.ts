/** Stripe's card element: https://docs.stripe.com/js/element. The card is typed into a frame of Stripe's, which makes the token. */
import { cardOf, configured, FieldsError, type Adapter } from "./adapter.ts";
import { fromScript } from "./script.ts";

interface StripeError {
  readonly code?: string;
  readonly type?: string;
  readonly message?: string;
}

interface Change {
  readonly complete: boolean;
  readonly error?: StripeError;
}

interface CardElement {
  mount(element: HTMLElement): void;
  destroy(): void;
  on(event: "ready" | "change" | "loaderror", handler: (event: Change) => void): unknown;
}

interface StripeJs {
  elements(): { create(type: "card", options: { hidePostalCode: boolean }): CardElement };
  createPaymentMethod(given: {
    type: "card";
    card: CardElement;
  }): Promise<{ readonly paymentMethod?: { readonly id: string }; readonly error?: StripeError }>;
}

export const stripe: Adapter = {
  async mount(element, offer, events) {
    const key = configured(offer, "publishable_key");
    const script = await fromScript<(key: string) => StripeJs>(offer, "Stripe");
    const js = script(key);
    const card = js.elements().create("card", { hidePostalCode: true });
    card.on("ready", () => events.ready?.());
    card.on("change", ({ complete, error }) => events.change?.({ complete, error: error ? errorOf(error) : null }));
    card.on("loaderror", ({ error }) => events.error?.(errorOf(error ?? {}, "frame_failed")));
    card.mount(element);
    return {
      async tokenize() {
        const { paymentMethod, error } = await js.createPaymentMethod({ type: "card", card });
        if (paymentMethod === undefined) throw errorOf(error ?? {});
        return cardOf(paymentMethod.id, offer);
      },
      destroy: () => card.destroy(),
    };
  },
};

function errorOf({ code, type, message }: StripeError, otherwise = "invalid_card"): FieldsError {
  return new FieldsError(code ?? type ?? otherwise, message ?? "The card can't be used.");
}
