/** All that the page knows, in one value, and every way in which it changes. What is shown follows from it alone. */
import { isLive, isPaid, type ErrorBody, type Payment, type View } from "./contract.ts";

export type Stage =
  /** The view is being read. */
  | "loading"
  /** A window that the bank's page came back to, beside the page that waits. */
  | "returned"
  /** There is no way in: the link is not whole, or is refused. */
  | "unusable"
  | "form"
  /** An attempt has left, and is not answered. */
  | "sending"
  /** There is a payment that lives. */
  | "following"
  | "paid"
  | "expired"
  | "canceled"
  | "used_up";

export interface State {
  readonly stage: Stage;
  /** In a frame of a shop's page. */
  readonly isEmbedded: boolean;
  /** The frame stands over the shop's page, and goes when the shopper wants. */
  readonly canClose: boolean;
  /** The shopper is asked whether to leave. */
  readonly isLeaving: boolean;
  readonly locale: string;
  readonly view: View | null;
  readonly payment: Payment | null;
  readonly method: string | null;
  /** As typed, by method and field. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Keys of sentences by `method.field`, or what the server said of it. */
  readonly faults: Readonly<Record<string, string>>;
  /** Grows with each refusal to send, so that the summary takes the focus again. */
  readonly refusals: number;
  /** Why the attempt before this one came to nothing. */
  readonly ended: Ended | null;
  /** Nobody answers. */
  readonly isAway: boolean;
  /** The browser says that there is no connection at all. */
  readonly isOffline: boolean;
  /** It takes longer than a shopper expects. */
  readonly isSlow: boolean;
  /** The bank's window of an embedded page. */
  readonly bankWindow: "none" | "open" | "closed";
  readonly isCanceling: boolean;
  /** The last two minutes of a session, by the server's clock. */
  readonly secondsLeft: number | null;
  /** Just paid, and the shop's page follows by itself. */
  readonly goesBack: boolean;
}

export type Ended =
  | { readonly kind: "declined"; readonly code: string; readonly method: string | null }
  | { readonly kind: "canceled" }
  /** The cancel came too late, and all of it was given back. */
  | { readonly kind: "refunded" }
  /** Refused before anything was charged. */
  | { readonly kind: "refused"; readonly error: ErrorBody };

export type Action =
  | { readonly type: "opened"; readonly view: View }
  | { readonly type: "unusable" }
  | { readonly type: "localized"; readonly locale: string }
  | { readonly type: "chosen"; readonly method: string }
  | { readonly type: "typed"; readonly method: string; readonly field: string; readonly value: string }
  | { readonly type: "filled"; readonly method: string; readonly values: Readonly<Record<string, string>> }
  | { readonly type: "invalid"; readonly faults: Readonly<Record<string, string>> }
  | { readonly type: "sent" }
  | { readonly type: "refused"; readonly error: ErrorBody }
  | { readonly type: "payment"; readonly payment: Payment }
  | { readonly type: "connection"; readonly isThere: boolean }
  | { readonly type: "offline"; readonly is: boolean }
  | { readonly type: "slow" }
  | { readonly type: "bank_window"; readonly is: State["bankWindow"] }
  | { readonly type: "canceling" }
  | { readonly type: "leaving"; readonly is: boolean }
  | { readonly type: "countdown"; readonly seconds: number | null };

export function initialState(more: Partial<State> = {}): State {
  return {
    stage: "loading",
    isEmbedded: false,
    canClose: false,
    isLeaving: false,
    locale: "en",
    view: null,
    payment: null,
    method: null,
    values: {},
    faults: {},
    refusals: 0,
    ended: null,
    isAway: false,
    isOffline: false,
    isSlow: false,
    bankWindow: "none",
    isCanceling: false,
    secondsLeft: null,
    goesBack: false,
    ...more,
  };
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "opened":
      return opened(state, action.view);
    case "unusable":
      return { ...state, stage: "unusable", isAway: false };
    case "localized":
      return { ...state, locale: action.locale };
    case "chosen":
      return { ...state, method: action.method, faults: {} };
    case "typed":
      return typed(state, action.method, { [action.field]: action.value });
    case "filled":
      return { ...typed(state, action.method, action.values), method: action.method, faults: {} };
    case "invalid":
      return { ...state, faults: action.faults, refusals: state.refusals + 1, ended: null };
    case "sent":
      return { ...state, stage: "sending", faults: {}, ended: null, isSlow: false, isAway: false };
    case "refused":
      return refused(state, action.error);
    case "payment":
      return withPayment(state, action.payment);
    case "connection":
      return { ...state, isAway: !action.isThere };
    case "offline":
      return { ...state, isOffline: action.is };
    case "slow":
      return { ...state, isSlow: true };
    case "bank_window":
      return { ...state, bankWindow: action.is };
    case "canceling":
      return { ...state, isCanceling: true };
    case "leaving":
      return { ...state, isLeaving: action.is };
    case "countdown":
      return { ...state, secondsLeft: action.seconds };
  }
}

function opened(before: State, view: View): State {
  const method = before.method ?? view.methods[0]?.type ?? null;
  const state = { ...before, view, method, isAway: false, isCanceling: false };
  if (view.status === "complete") return { ...state, stage: "paid", payment: view.payment ?? before.payment };
  const { payment } = view;
  // What the bank is at goes on, and may still be charged: "nothing was charged" is said when it is over.
  if (view.status !== "open" && !(payment && isLive(payment))) return { ...state, stage: view.status };
  if (!payment) return { ...state, stage: "form", payment: null };
  // Already told: the shopper may be typing again.
  const isTold = before.stage === "form" && before.payment?.id === payment.id && before.payment.status === payment.status;
  return isTold ? state : withPayment({ ...state, stage: "form" }, payment);
}

/** Shown the end of what was begun here; a page that is opened again later stays. */
function hasWay({ stage, view, isEmbedded }: State): boolean {
  return (stage === "sending" || stage === "following") && !isEmbedded && typeof view?.return_url === "string";
}

function typed(state: State, method: string, values: Readonly<Record<string, string>>): State {
  const faults = Object.fromEntries(
    Object.entries(state.faults).filter(([name]) => !Object.hasOwn(values, name.replace(`${method}.`, ""))),
  );
  return { ...state, faults, values: { ...state.values, [method]: { ...state.values[method], ...values } } };
}

function refused(state: State, error: ErrorBody): State {
  const field = fieldOf(error.param, state);
  const back = { ...state, stage: "form" as const, isAway: false, refusals: state.refusals + 1, payment: null };
  if (field === null) return { ...back, ended: { kind: "refused", error } };
  return { ...back, ended: null, faults: { [field]: error.code === "test_card_required" ? "error.test_card" : error.message } };
}

/** The input that a refusal is about, if it is one of ours. */
function fieldOf(param: string | undefined, { method, view }: State): string | null {
  if (param === undefined || method === null) return null;
  const [first, second] = param.split(".");
  const name = first === method ? second : first;
  if (method === "card") {
    const ours = { number: "number", expiry_month: "expiry", expiry_year: "expiry", cvv: "cvv", holder_name: "name" }[name ?? ""];
    return ours === undefined ? null : `card.${ours}`;
  }
  const found = view?.methods.find(({ type }) => type === method)?.fields.some((field) => field.name === name);
  return found ? `${method}.${name}` : null;
}

function withPayment(state: State, payment: Payment): State {
  const next = { ...state, payment, isAway: false, faults: {} };
  if (isPaid(payment)) return { ...next, stage: "paid", bankWindow: "none", isSlow: false, isLeaving: false, goesBack: hasWay(state) };
  if (isLive(payment)) {
    const isWaiting = payment.status === "requires_action";
    // Time runs anew when the bank has let the shopper go.
    const isSlow = state.payment?.status === payment.status && state.isSlow;
    return { ...next, stage: "following", isSlow, bankWindow: isWaiting ? state.bankWindow : "none", ended: null };
  }
  const back = { ...next, stage: "form" as const, isSlow: false, isCanceling: false, bankWindow: "none" as const };
  if (payment.status === "created") return { ...back, payment: state.payment };
  const ended: Ended =
    payment.status === "canceled" || payment.cancel === "refunded"
      ? { kind: payment.status === "canceled" ? "canceled" : "refunded" }
      : { kind: "declined", code: payment.error?.decline_code ?? payment.error?.code ?? "", method: payment.method };
  return { ...back, ended, refusals: state.refusals + 1, values: withoutCode(state.values) };
}

/** The security code is typed for one attempt. All else that was typed stays. */
function withoutCode(values: State["values"]): State["values"] {
  return values["card"] ? { ...values, card: { ...values["card"], cvv: "" } } : values;
}

/** What the whole page shows. */
export type Screen =
  | "loading"
  | "away"
  | "returned"
  | "unusable"
  /** The merchant takes nothing that this order could be paid with. */
  | "nothing"
  | "form"
  | "processing"
  | "challenge"
  | "upi"
  | "window"
  | "canceling"
  | "success"
  | "expired"
  | "canceled"
  | "used_up";

export function screenOf({ stage, view, payment, isAway }: State): Screen {
  if (stage === "loading") return isAway ? "away" : "loading";
  if (stage === "returned") return "returned";
  if (view === null) return "unusable";
  if (stage === "sending") return "processing";
  if (stage === "paid") return "success";
  if (stage === "form") return view.methods.length > 0 ? "form" : "nothing";
  if (stage !== "following") return stage;
  // The shopper must not be sent to a bank that is told to stop.
  if (payment?.cancel) return "canceling";
  const action = payment?.status === "requires_action" ? payment.next_action : null;
  if (!action) return "processing";
  return action.type === "upi_intent" ? "upi" : action.type === "card_fields" ? "window" : "challenge";
}
