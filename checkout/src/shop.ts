/** The shop's page around a frame: what it is told, and when. */
import type { ShopConnection } from "../../sdk/src/browser/checkout/frame.ts";
import { screenOf, type Stage } from "./state.ts";
import type { Store } from "./store.ts";

export function tellShop(shop: ShopConnection, store: Store): void {
  let isReady = false;
  const look = (): void => {
    const state = store.get();
    if (!isReady && screenOf(state) !== "loading") {
      isReady = true;
      shop.ready();
    }
    const paymentId = state.payment?.id ?? null;
    if (state.stage === "paid") shop.result({ status: "succeeded", paymentId, error: null });
    if (state.stage === "expired" || state.stage === "canceled") shop.result({ status: state.stage, paymentId, error: null });
    // Of a payment link: for this shopper its time is over.
    if (state.stage === "used_up") shop.result({ status: "expired", paymentId, error: null });
    if (state.stage === "unusable")
      shop.result({ status: "failed", paymentId, error: { code: "unusable", message: "This checkout can't be opened." } });
  };
  store.subscribe(look);
  look();
  new ResizeObserver(() => shop.height(document.documentElement.offsetHeight)).observe(document.body);
}

/** The shopper leaves. A decline is told then and not before: until then another try may follow. */
export function leaveShop(shop: ShopConnection, store: Store): void {
  const { ended, payment } = store.get();
  if (ended?.kind === "declined") {
    const error = { code: ended.code, message: payment?.error?.message ?? "The payment was declined." };
    shop.result({ status: "failed", paymentId: payment?.id ?? null, error });
  }
  shop.wantClose(hasTyped(store));
}

/** Something would be lost, or is under way. */
export function hasTyped(store: Store): boolean {
  const { stage, values } = store.get();
  if (isUnderWay(stage)) return true;
  return stage === "form" && Object.values(values).some((fields) => Object.values(fields).some((value) => value !== ""));
}

/** A payment that goes on, whether this page is there or not. */
export function isUnderWay(stage: Stage): boolean {
  return stage === "sending" || stage === "following";
}
