/** What the shopper can make the page do. Every outcome becomes an action of the store. */
import { Refused } from "./api.ts";
import { beginAttempt, endAttempt, type Attempt } from "./attempt.ts";
import type { Payment } from "./contract.ts";
import { stubborn, type Desk, type FromFields } from "./desk.ts";
import { cardBody, cardValues, faultsOf, methodBody, methodOf } from "./request.ts";
import { createWatch, type Watch } from "./watch.ts";

export interface Engine {
  load(): Promise<void>;
  rest(): void;
  submit(): Promise<void>;
  /** Opens the gateway's own window again. */
  openWindow(): Promise<void>;
  /** Calls the payment off. */
  cancelPayment(): Promise<void>;
  /** Calls the whole session off. */
  cancelSession(): Promise<void>;
}

export function createEngine(desk: Desk): Engine {
  const { api, store } = desk;
  const watch = createWatch(desk);
  let isBusy = false;
  return {
    load: watch.load,
    rest: watch.rest,
    async submit() {
      const state = store.get();
      // Before the first await: a second click or Enter meets it.
      if (isBusy || state.stage !== "form" || !methodOf(state)) return;
      const faults = faultsOf(state, watch.now(), desk.fields.isComplete());
      if (Object.keys(faults).length > 0) return store.dispatch({ type: "invalid", faults });
      isBusy = true;
      try {
        // The gateway's fields stand in the form: their token is made while it is there.
        const fromFields = state.method === "card" ? await desk.fields.tokenizer()?.() : undefined;
        store.dispatch({ type: "sent" });
        watch.waiting();
        await pay(desk, watch, fromFields);
      } catch (error) {
        await onRefusal(desk, watch, error);
      } finally {
        isBusy = false;
      }
    },
    async openWindow() {
      const { payment } = store.get();
      if (payment) await openWindow(desk, watch, payment);
    },
    async cancelPayment() {
      const { payment } = store.get();
      if (!payment) return;
      store.dispatch({ type: "canceling" });
      try {
        watch.follow(await stubborn(desk, () => api.cancelPayment(payment.id)));
      } catch (error) {
        // Too late to call off: what became of it is shown.
        if (!(error instanceof Refused)) throw error;
        await watch.load();
      }
    },
    async cancelSession() {
      store.dispatch({ type: "canceling" });
      await stubborn(desk, () => api.cancelSession()).catch((error: unknown) => onRefusal(desk, watch, error));
      await watch.load();
    },
  };
}

async function pay(desk: Desk, watch: Watch, fromFields: FromFields | undefined): Promise<void> {
  const { api, store } = desk;
  const state = store.get();
  const method = methodOf(state)!;
  if (method.type !== "card") return send(desk, watch, { method: method.type, [method.type]: methodBody(state, method) }, api.pay);
  if (fromFields) {
    const { paymentId, card } = fromFields;
    return send(desk, watch, { method: "card", card }, (attempt) => api.confirm(paymentId, attempt));
  }
  const { token, account } = await stubborn(desk, () => api.token(cardBody(cardValues(state))));
  await send(desk, watch, { method: "card", card: { token, ...(account !== undefined && { account }) } }, api.pay);
}

async function send(desk: Desk, watch: Watch, body: object, ask: (attempt: Attempt) => Promise<Payment>): Promise<void> {
  const { store, shelf } = desk;
  const orderId = store.get().view!.order.id;
  const attempt = beginAttempt(shelf, orderId, JSON.stringify(body));
  try {
    const payment = await stubborn(desk, () => ask(attempt));
    endAttempt(shelf, orderId);
    goOn(desk, watch, payment.id);
    watch.follow(payment);
  } catch (error) {
    if (error instanceof Refused) endAttempt(shelf, orderId);
    throw error;
  }
}

/**
 * Takes the shopper to the bank as soon as the payment asks for it, once, and only for what was begun in this load of the page: whoever
 * comes back finds a button, and is not sent off again.
 */
function goOn(desk: Desk, watch: Watch, paymentId: string): void {
  const off = desk.store.subscribe(() => {
    const { stage, payment, isEmbedded } = desk.store.get();
    const isOther = stage !== "sending" && payment?.id !== paymentId;
    const action = payment?.status === "requires_action" ? payment.next_action : null;
    if (isOther || stage === "form" || stage === "paid" || action) off();
    if (isOther || !payment || !action) return;
    if (action.type === "redirect" && !isEmbedded) desk.goTo(action.url);
    if (action.type === "card_fields") void openWindow(desk, watch, payment);
  });
}

/** The gateway's own window, where the card is typed after confirm. Its word is none: the payment is asked for. */
async function openWindow(desk: Desk, watch: Watch, payment: Payment): Promise<void> {
  const { next_action } = payment;
  const after = next_action && (await desk.fields.act(payment, next_action).catch(() => null));
  if (after) watch.follow(after);
}

async function onRefusal(desk: Desk, watch: Watch, error: unknown): Promise<void> {
  if (!(error instanceof Refused)) throw error;
  const { api, store } = desk;
  const { code, payment_id } = error.body;
  if (error.status === 401 || error.status === 403) return store.dispatch({ type: "unusable" });
  // The bank's no, while the answer waited for it: the payment says why.
  if ((code === "order_busy" || error.status === 402) && payment_id !== undefined)
    return watch.follow(await stubborn(desk, () => api.payment(payment_id)));
  store.dispatch({ type: "refused", error: error.body });
  // Paid in another tab, run out, called off: the view knows.
  if (error.status === 409 || error.status === 410) await watch.load();
}
