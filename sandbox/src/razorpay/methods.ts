/** The payment methods of the simulated Razorpay: what a payment says of each, and what its payer is asked to do. A new one is an entry here. */
import type { Payment, Script } from "./books.ts";
import { extraFields, missing, type Fields } from "./input.ts";
import { cardOf, upiScript } from "./instruments.ts";
import { badRequest, type Refused } from "./refusals.ts";

/** How a payment is to be paid. */
export type Instrument = Pick<Payment, "method" | "asks" | "shown" | "script"> & Partial<Pick<Payment, "card">>;

interface FarMethod {
  /** Fields of the payment's body that are this method's. */
  readonly fields: readonly string[];
  readonly read: (fields: Fields, amount: number) => Omit<Instrument, "method"> | Refused;
}

const farMethods: Readonly<Record<string, FarMethod>> = {
  card: { fields: ["card", "token", "customer_id"], read: readCard },
  upi: { fields: ["upi"], read: (fields, amount) => readUpi((fields["upi"] ?? {}) as Fields, amount) },
  netbanking: { fields: ["bank"], read: ({ bank }) => readBank(bank) },
};

export const methodFields = Object.values(farMethods).flatMap(({ fields }) => fields);

export function instrumentOf(fields: Fields, amount: number): Instrument | Refused {
  const method = String(fields["method"]);
  const known = Object.hasOwn(farMethods, method) ? farMethods[method] : undefined;
  if (known === undefined)
    return badRequest("The selected payment method is not enabled.", { field: "method", reason: "payment_method_not_enabled" });
  const read = known.read(fields, amount);
  return "error" in read ? read : { method, ...read };
}

const CARD_FIELDS = ["number", "name", "expiry_month", "expiry_year", "cvv"];

function readCard(fields: Fields): Omit<Instrument, "method"> | Refused {
  const given = (fields["card"] ?? {}) as Fields;
  const wrong = extraFields(given, CARD_FIELDS);
  if (wrong !== null) return wrong;
  const card = cardOf({ number: given["number"], token: fields["token"] });
  if (card === undefined) return badRequest("The card number is invalid.", { field: "card", reason: "card_number_invalid" });
  return {
    asks: card.hasOtp ? "otp" : "nothing",
    shown: { acquirer_data: { auth_code: null } },
    card: { network: card.network, last4: card.number.slice(-4) },
    script: card.script,
  };
}

const UPI_FIELDS = ["flow", "vpa", "expiry_time"];

function readUpi(given: Fields, amount: number): Omit<Instrument, "method"> | Refused {
  const wrong = extraFields(given, UPI_FIELDS) ?? missing(given, ["flow"]);
  if (wrong !== null) return wrong;
  const { flow, vpa = null } = given;
  if (flow !== "collect" && flow !== "intent") return badRequest("The flow must be collect or intent.", { field: "upi" });
  if (flow === "collect" && (typeof vpa !== "string" || !/^[\w.-]+@\w+$/.test(vpa)))
    return badRequest("Invalid VPA. Please enter a valid Virtual Payment Address", { field: "vpa", reason: "invalid_vpa" });
  const own = flow === "collect" ? (vpa as string) : null;
  const script: Script = upiScript(own, amount);
  return { asks: own === null ? "link" : "app", shown: { vpa: own, acquirer_data: { rrn: null } }, script };
}

/** Each bank's page asks whether the payment is to succeed, as at Razorpay in test mode. */
function readBank(bank: unknown): Omit<Instrument, "method"> | Refused {
  if (typeof bank !== "string" || !/^[A-Z]{4}(_[A-Z])?$/.test(bank)) return badRequest("The bank is not valid.", { field: "bank" });
  return { asks: "yes", shown: { bank, acquirer_data: { bank_transaction_id: null } }, script: { reason: null } };
}
