/** Payment methods at Razorpay, as data: what its request says of each, and what it takes. A new one is an entry here. */
import { methodEntries, type MethodKind, type MethodOf, type MethodType } from "../../core/methods/method.ts";
import type { PaymentMethod } from "../../core/model.ts";
import type { Capabilities } from "../../core/ports/connector.ts";
import { COLLECT_MINUTES } from "./tables.ts";

export const CONNECTOR = "razorpay";

/** `token_…` as Razorpay names a saved card, with the customer that it belongs to in front where it has one: `cust_….token_…`. */
const CARD_TOKEN = /^(?:(cust_\w{1,40})\.)?(token_\w{1,40})$/;

/** In the place of a token: the shopper types the card into Razorpay's Checkout, for an order that is made first. */
const CHECKOUT_TOKEN = "razorpay_checkout";

export function isCardToken(token: string): boolean {
  return CARD_TOKEN.test(token) || token === CHECKOUT_TOKEN;
}

export function isForCheckout(method: PaymentMethod | null): boolean {
  return method?.type === "card" && method.token === CHECKOUT_TOKEN;
}

export interface MethodOptions {
  /** UPI requests to a VPA, which Razorpay ended for most merchants on 2026-02-28. */
  readonly upiCollect: boolean;
}

interface RazorpayMethod<Method> {
  readonly kinds: (options: MethodOptions) => readonly MethodKind[];
  /** Left out: each that Razorpay takes. */
  readonly currency?: string;
  /** Why it can't be sent at all; null: it can. */
  readonly problem?: (method: Method, options: MethodOptions) => string | null;
  /** Values of a field that Razorpay takes, and their names; left out: any. */
  readonly choices?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields of the payment's body. What is undefined is left out of the JSON. */
  readonly body: (method: Method) => object;
}

/** Banks by Razorpay's codes, as its `GET /v1/methods` names them; those for companies and those that have merged are left out. */
const banks = {
  AUBL: "AU Small Finance Bank",
  UTIB: "Axis Bank",
  BARB_R: "Bank of Baroda",
  BKID: "Bank of India",
  MAHB: "Bank of Maharashtra",
  CNRB: "Canara Bank",
  CBIN: "Central Bank of India",
  CIUB: "City Union Bank",
  FDRL: "Federal Bank",
  HDFC: "HDFC Bank",
  ICIC: "ICICI Bank",
  IBKL: "IDBI Bank",
  IDFB: "IDFC FIRST Bank",
  IDIB: "Indian Bank",
  IOBA: "Indian Overseas Bank",
  INDB: "IndusInd Bank",
  JAKA: "Jammu and Kashmir Bank",
  KARB: "Karnataka Bank",
  KVBL: "Karur Vysya Bank",
  KKBK: "Kotak Mahindra Bank",
  PSIB: "Punjab & Sind Bank",
  PUNB_R: "Punjab National Bank",
  RATN: "RBL Bank",
  SRCB: "Saraswat Co-operative Bank",
  SIBL: "South Indian Bank",
  SCBL: "Standard Chartered Bank",
  SBIN: "State Bank of India",
  TMBL: "Tamilnad Mercantile Bank",
  UCBA: "UCO Bank",
  UBIN: "Union Bank of India",
  YESB: "Yes Bank",
};

const razorpayMethods: { readonly [T in MethodType]?: RazorpayMethod<MethodOf<T>> } = {
  card: {
    kinds: () => ["card"],
    problem: ({ connector, token }) => (connector === CONNECTOR && isCardToken(token) ? null : "The card is not a token of this gateway."),
    body: ({ token: given }) => {
      const [, customerId, token] = CARD_TOKEN.exec(given) ?? [];
      return { method: "card", token, customer_id: customerId };
    },
  },
  upi: {
    kinds: ({ upiCollect }) => (upiCollect ? ["upi_intent", "upi"] : ["upi_intent"]),
    currency: "INR",
    problem: ({ vpa }, { upiCollect }) =>
      vpa === null || upiCollect ? null : "UPI requests to a VPA are switched off. Leave upi.vpa out: the shopper then pays by a link.",
    body: ({ vpa }) => ({ method: "upi", upi: vpa === null ? { flow: "intent" } : { flow: "collect", vpa, expiry_time: COLLECT_MINUTES } }),
  },
  netbanking: {
    kinds: () => ["netbanking"],
    currency: "INR",
    choices: { bank: banks },
    body: ({ bank }) => ({ method: "netbanking", bank }),
  },
};

/** What the connector says of itself. */
export function takenMethods(options: MethodOptions): Pick<Capabilities, "methods" | "choices"> {
  return {
    methods: Object.values(razorpayMethods).flatMap(({ kinds }) => kinds(options)),
    choices: Object.fromEntries(Object.entries(razorpayMethods).map(([type, { choices }]) => [type, choices])),
  };
}

/** The table serves each method by its own type. */
function entryOf(method: PaymentMethod): RazorpayMethod<PaymentMethod> | undefined {
  return razorpayMethods[method.type] as RazorpayMethod<PaymentMethod> | undefined;
}

/** Why this method can't be sent at all; null: it can. */
export function methodProblem(method: PaymentMethod, currency: string, options: MethodOptions): string | null {
  const entry = entryOf(method);
  if (entry === undefined) return `Razorpay takes no ${method.type} here.`;
  if (entry.currency !== undefined && entry.currency !== currency)
    return `${methodEntries[method.type].label} pays in ${entry.currency} only.`;
  return entry.problem?.(method, options) ?? null;
}

/** The payment's fields beside amount and order. */
export function methodBody(method: PaymentMethod | null): object {
  return (method && entryOf(method)?.body(method)) ?? {};
}
