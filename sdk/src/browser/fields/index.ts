/** Card fields of the gateway that a payment goes to, for pages and checkouts: none of their code names a gateway. */
import { FieldsError, type Adapter, type CardFieldsOffer, type FieldsEvents, type MountedFields } from "./adapter.ts";
import { razorpay } from "./razorpay.ts";
import { sandbox } from "./sandbox.ts";
import { stripe } from "./stripe.ts";

export { FieldsError } from "./adapter.ts";
export type { ActionResult, CardFieldsOffer, CardToken, FieldsAction, FieldsEvents, MountedFields } from "./adapter.ts";

const adapters: Readonly<Record<string, Adapter>> = { razorpay, sandbox, stripe };

/** Mounts what `GET /v1/payments/{id}/card-fields` names. Rejects with `FieldsError`. */
export async function mountCardFields(element: HTMLElement, offer: CardFieldsOffer, events: FieldsEvents = {}): Promise<MountedFields> {
  const adapter = Object.hasOwn(adapters, offer.adapter) ? adapters[offer.adapter] : undefined;
  if (adapter === undefined)
    throw new FieldsError("unknown_adapter", `This version has no card fields of ${offer.adapter}. Take a newer one of @tillway/sdk.`);
  return adapter.mount(element, offer, events);
}
