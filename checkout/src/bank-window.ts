/** The bank's page in a window of its own: a page in a frame must not be left, and banks let nobody frame them. */
import type { Store } from "./store.ts";

const LOOK_EVERY_MS = 500;
const CHANNEL = "tillway:returned";

/** To be called in the shopper's click: else the browser stops the window. */
export function openBankWindow(store: Store, url: string): void {
  // No `noopener`: we must see when it is closed. What opens in it is the bank's page that our server named.
  const opened = window.open(url, "tillway-bank", "popup,width=480,height=720");
  if (opened === null) return store.dispatch({ type: "bank_window", is: "closed" });
  opened.focus();
  store.dispatch({ type: "bank_window", is: "open" });
  const timer = setInterval(() => {
    const { stage, payment } = store.get();
    const isWaited = stage === "following" && payment?.status === "requires_action";
    if (!isWaited) opened.close();
    else if (opened.closed) store.dispatch({ type: "bank_window", is: "closed" });
    if (!isWaited || opened.closed) clearInterval(timer);
  }, LOOK_EVERY_MS);
}

/** On the way back from the bank: tells the page that waits. A frame may be apart from this window's storage, so it is told both ways. */
export function tellReturned(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("returned");
  channel.close();
  const opener = window.opener as Window | null;
  opener?.postMessage({ type: CHANNEL }, location.origin);
}

/** Told or not, the payment is followed: this only spares the shopper the wait. A page that is left listens no more: a browser would not keep it. */
export function onReturned(heard: () => void): void {
  let channel: BroadcastChannel | null = null;
  const listen = (): void => {
    channel ??= new BroadcastChannel(CHANNEL);
    channel.addEventListener("message", heard);
  };
  listen();
  addEventListener("pageshow", listen);
  addEventListener("pagehide", () => {
    channel?.close();
    channel = null;
  });
  addEventListener("message", ({ origin, data }: MessageEvent<{ type?: string } | null>) => {
    if (origin === location.origin && data?.type === CHANNEL) heard();
  });
}
