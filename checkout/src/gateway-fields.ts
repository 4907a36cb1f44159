/** A real gateway's own card fields. The card goes from them to the gateway; what we get is a token. */
import type { CardFieldsOffer, MountedFields } from "@tillway/sdk/fields";
import { Refused } from "./api.ts";
import { beginAttempt, endAttempt } from "./attempt.ts";
import type { NextAction, Payment } from "./contract.ts";
import { stubborn, type Desk, type FromFields } from "./desk.ts";

export interface GatewayFields {
  mount(element: HTMLElement): Promise<void>;
  /** null: there are none. */
  tokenizer(): (() => Promise<FromFields>) | null;
  /** Opens the gateway's own window; null: the fields are of an earlier load of this page, and can open none. */
  act(payment: Payment, action: NextAction): Promise<Payment | null>;
}

type Offer = CardFieldsOffer & { readonly csp: { readonly script_src: readonly string[] } };

interface Mounted {
  readonly paymentId: string;
  readonly fields: MountedFields;
}

export function createGatewayFields(desk: Pick<Desk, "api" | "store" | "shelf">): GatewayFields {
  let mounted: Mounted | null = null;
  return {
    async mount(element) {
      mounted?.fields.destroy();
      mounted = null;
      element.replaceChildren();
      try {
        mounted = await mountInto(desk, element);
      } catch (error) {
        desk.store.dispatch({ type: "refused", error: errorOf(error) });
      }
    },
    tokenizer() {
      const now = mounted;
      if (desk.store.get().view?.card !== "fields") return null;
      return async () => {
        try {
          if (now === null) throw new Error("The card fields are not there yet. Try again in a moment.");
          return { paymentId: now.paymentId, card: await now.fields.tokenize() };
        } catch (error) {
          throw new Refused(422, errorOf(error));
        }
      };
    },
    async act(payment, action) {
      if (mounted?.paymentId !== payment.id || !mounted.fields.act) return null;
      const { proof } = await mounted.fields.act(action);
      return stubborn(desk, () => (proof ? desk.api.returned(payment.id, proof) : desk.api.payment(payment.id)));
    },
  };
}

/** Fields belong to a payment, which waits for them: the one that is there, or a new one. */
async function mountInto(desk: Pick<Desk, "api" | "store" | "shelf">, element: HTMLElement): Promise<Mounted> {
  const { api, store, shelf } = desk;
  const { order, payment } = store.get().view!;
  const name = `${order.id}:fields`;
  const waiting = payment?.status === "created" ? payment : await stubborn(desk, () => api.pay(beginAttempt(shelf, name, "{}")));
  endAttempt(shelf, name);
  const [offer, { mountCardFields }, { trustScriptsOf }] = await Promise.all([
    stubborn(desk, () => api.cardFields(waiting.id)) as Promise<Offer>,
    import("@tillway/sdk/fields"),
    import("./trusted.ts"),
  ]);
  trustScriptsOf(offer.csp.script_src);
  return { paymentId: waiting.id, fields: await mountCardFields(element, offer) };
}

function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof Refused) return error.body;
  const { code = "card_fields", message = "" } = error as { code?: string; message?: string };
  return { code, message };
}
