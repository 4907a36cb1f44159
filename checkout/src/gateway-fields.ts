/** A real gateway's own card fields. The card goes from them to the gateway; what we get is a token. */
import type { CardFieldsOffer, FieldsEvents, MountedFields } from "@tillway/sdk/fields";
import { Refused } from "./api.ts";
import { beginAttempt, endAttempt } from "./attempt.ts";
import type { NextAction, Payment } from "./contract.ts";
import { stubborn, type Desk, type FromFields } from "./desk.ts";

/** Where the card is typed: into fields in the page, or into the gateway's own window after the button. */
export type FieldsPlace = "page" | "window";

export interface GatewayFields {
  /** null: there are none, and the shopper has been told. */
  mount(element: HTMLElement): Promise<FieldsPlace | null>;
  /** False: something is left to type. Fields that say nothing of themselves are asked for their token. */
  isComplete(): boolean;
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
  let place: HTMLElement | null = null;
  /** null: they have said nothing yet. */
  let isComplete: boolean | null = null;
  /** The fields that are on their way, for who presses the button before they have come. */
  let mounting: Promise<unknown> = Promise.resolve();
  const bring = async (element: HTMLElement): Promise<FieldsPlace | null> => {
    mounted?.fields.destroy();
    mounted = null;
    place = element;
    isComplete = null;
    element.replaceChildren();
    try {
      const made = await mountInto(desk, element, {
        change: ({ complete }) => void (isComplete = complete),
        ready: () => void (isComplete ??= false),
      });
      mounted = made;
      return made.fields.act ? "window" : "page";
    } catch (error) {
      desk.store.dispatch({ type: "refused", error: errorOf(error) });
      return null;
    }
  };
  const mount = (element: HTMLElement): Promise<FieldsPlace | null> => {
    const brought = bring(element);
    mounting = brought;
    return brought;
  };
  return {
    mount,
    isComplete: () => mounted === null || isComplete !== false,
    tokenizer() {
      if (desk.store.get().view?.card !== "fields") return null;
      return async () => {
        try {
          await mounting;
          const now = mounted;
          if (now === null) {
            // They did not come: the shopper's next press of the button asks for them again.
            if (place) await mount(place);
            throw new FieldsMissing();
          }
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
async function mountInto(desk: Pick<Desk, "api" | "store" | "shelf">, element: HTMLElement, events: FieldsEvents): Promise<Mounted> {
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
  return { paymentId: waiting.id, fields: await mountCardFields(element, offer, events) };
}

class FieldsMissing extends Error {
  readonly code = "card_fields";
}

/** Codes of ours are told in the shopper's words; a gateway's own message is about the card. */
const OURS: ReadonlySet<string> = new Set(["unknown_adapter", "script_failed", "frame_failed", "misconfigured"]);

function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof Refused) return error.body;
  const { code = "card_fields", message = "" } = error as { code?: string; message?: string };
  if (OURS.has(code)) reportError(error);
  return { code: OURS.has(code) ? "card_fields" : code, message };
}
