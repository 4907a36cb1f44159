/** Reads the view and follows what lives in it: one payment at a time, to its end, and then the view again. */
import { isLive, type Payment } from "./contract.ts";
import { countDown } from "./countdown.ts";
import { stubborn, type Desk } from "./desk.ts";
import { follow } from "./follow.ts";

export interface Watch {
  /** Reads the view anew. */
  load(): Promise<void>;
  /** Shows a payment, and follows it if it lives. */
  follow(payment: Payment): void;
  /** From now on it is counted how long the shopper waits. */
  waiting(): void;
  /** The page is left, perhaps to be shown again as it is: a browser keeps none that holds a line. `load` goes on. */
  rest(): void;
  /** By the server's clock, whatever the shopper's says. */
  now(): Date;
}

/** From then on the page says what happens next. */
const SLOW_AFTER_MS = 15_000;

export function createWatch(desk: Desk): Watch {
  const { api, store, shelf } = desk;
  let aheadMs = 0;
  let followed: { readonly id: string; readonly stop: AbortController } | null = null;
  let slow: ReturnType<typeof setTimeout> | undefined;
  let isResting = false;
  const waiting = (): void => {
    clearTimeout(slow);
    slow = setTimeout(() => store.dispatch({ type: "slow" }), SLOW_AFTER_MS);
  };
  const leave = (): void => {
    followed?.stop.abort();
    followed = null;
    clearTimeout(slow);
  };
  const see = (payment: Payment): void => {
    const before = store.get().payment?.status;
    store.dispatch({ type: "payment", payment });
    const name = `tillway:payment:${store.get().view!.order.id}`;
    if (isLive(payment)) shelf.set(name, payment.id);
    else shelf.remove(name);
    if (!isLive(payment)) leave();
    else if (before !== payment.status) waiting();
  };
  const start = (payment: Payment): void => {
    see(payment);
    if (!isLive(payment) || followed?.id === payment.id) return;
    leave();
    waiting();
    const stop = new AbortController();
    followed = { id: payment.id, stop };
    const connection = (isThere: boolean): void => store.dispatch({ type: "connection", isThere });
    // It is over: is its order?
    void follow(api, payment.id, { payment: see, connection }, stop.signal).then(() =>
      isResting ? undefined : load().catch(() => undefined),
    );
  };
  const load = async (): Promise<void> => {
    isResting = false;
    const view = await stubborn(desk, () => api.view());
    const time = Date.parse(view.server_time);
    if (Number.isFinite(time)) aheadMs = time - Date.now();
    store.dispatch({ type: "opened", view });
    if (view.payment && isLive(view.payment)) return start(view.payment);
    if (view.status !== "open") return;
    // A payment that ended while the shopper was at the bank is no longer of the view: why it did is still to be told, once.
    const left = view.payment ? null : shelf.get(`tillway:payment:${view.order.id}`);
    const ended = left === null ? null : await stubborn(desk, () => api.payment(left)).catch(() => null);
    if (ended) start(ended);
  };
  const now = (): Date => new Date(Date.now() + aheadMs);
  countDown(store, now, () => void load());
  const rest = (): void => {
    isResting = true;
    leave();
  };
  return { load, follow: start, waiting, rest, now };
}
