import { noCheckoutSettings } from "../core/checkout.ts";
import { TillwayError } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import type { CheckoutDeps } from "./deps.ts";

/** Listing an origin is what allows it. Throws `TillwayError` permission_denied. */
export async function refuseUnlessListed({ flows }: Pick<CheckoutDeps, "flows">, scope: Scope): Promise<void> {
  const { origins } = (await flows.settings.checkoutSettings(scope)) ?? noCheckoutSettings;
  if (origins.length > 0) return;
  throw new TillwayError("permission_denied", {
    message: "Without the client secret an order opens only in pages of origins that are listed in the checkout settings, and none is.",
  });
}
