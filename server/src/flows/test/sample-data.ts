/** Something to look at on a fresh install: payments with most of the outcomes there are, and what people mend, made like any others, at a simulated gateway. */
import { TillwayError } from "../../core/errors.ts";
import type { Customer } from "../../core/model.ts";
import type { Deps } from "../deps.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { createOrder } from "../orders/create.ts";
import { createPayment, type CreatePaymentInput } from "../payments/create.ts";
import { refundPayment } from "../payments/operations.ts";
import { makeFailures } from "./sample-failures.ts";
import { addEndpoint } from "../setup/endpoints.ts";

export interface SampleData {
  readonly payments: number;
  readonly refunds: number;
  readonly orderId: string;
  /** Null: the merchant has as many endpoints as it may have. */
  readonly endpointId: string | null;
}

/** How many payments of each scenario of the sandbox, which the first part of a VPA names. Bounded: this is all that one request makes. */
const DECK: readonly (readonly [scenario: string, count: number])[] = [
  ["success", 20],
  ["failure", 3],
  ["insufficient-funds", 3],
  ["technical-decline", 2],
  ["challenge", 2],
  ["pending", 1],
  ["timeout", 1],
  ["timeout-after", 1],
  ["wrong-amount", 1],
];
/** Paid while the request waits, so that they can be given back: the whole of it, a part, and one that the gateway refuses. */
const REFUNDED: readonly (readonly [scenario: string, part: number | undefined])[] = [
  ["success", undefined],
  ["success", 5_000],
  ["refund-failure", undefined],
];
const HELD = 2;

const CUSTOMERS: readonly Customer[] = [
  { name: "Asha Rao", email: "asha.rao@shopper.example" },
  { name: "Ben Carter", email: "ben@shopper.example" },
  { name: "Chitra Iyer", email: "chitra.iyer@shopper.example", phone: "+919800000001" },
  { name: "Dev Patel", email: "dev@shopper.example" },
  { name: "Elena Rossi", email: "elena.rossi@shopper.example" },
];
const GOODS = ["Assam tea, 250 g", "Two cups and saucers", "Teapot", "Darjeeling sampler", "Gift card", "Masala chai, 1 kg", "Kettle"];
const AMOUNTS = [49_900, 12_000, 249_900, 8_950, 149_900, 99_900, 5_500, 31_999, 719_000];
/** A name that no server has: each try of a delivery there fails, and is seen failing. */
const NOWHERE = "https://sample-data.invalid/webhooks";

/**
 * Makes it once per idempotency key. @param connector that of the sandbox: where another one may be asked, nothing is made. Throws
 * `TillwayError` invalid_state.
 */
export async function makeSampleData(deps: Deps, caller: Caller, connector: string): Promise<SampleData> {
  await refuseOthers(deps, caller, connector);
  // Before all else, so that there is something to send it.
  const endpointId = await failingEndpoint(deps, caller);
  const order = idIn(
    await createOrder(deps, part(caller, "order"), { amount: AMOUNTS[0]!, currency: "INR", receipt: "sample-1", notes: {} }),
  );
  const plain = DECK.flatMap(([scenario, count]) => Array.from({ length: count }, () => scenario));
  for (const [at, scenario] of plain.entries()) {
    await createPayment(
      deps,
      part(caller, `payment ${at}`),
      payment(scenario, at, at === 0 ? { orderId: order, amount: AMOUNTS[0]! } : {}),
    );
  }
  for (let at = 0; at < HELD; at++) {
    await createPayment(deps, part(caller, `held ${at}`), payment("success", plain.length + at, { captureMethod: "manual" }));
  }
  // Waits to be confirmed.
  const waiting = await createPayment(deps, part(caller, "waiting"), payment("success", plain.length + HELD, { confirm: false }));
  await makeFailures(deps, part(caller, "failures"), { paymentId: idIn(waiting), endpointId, url: NOWHERE });
  const refunds = await Promise.all(REFUNDED.map(([scenario, amount], at) => refunded(deps, caller, { scenario, amount, at })));
  return { payments: plain.length + HELD + 1 + REFUNDED.length, refunds: refunds.filter(Boolean).length, orderId: order, endpointId };
}

async function refuseOthers(deps: Deps, { scope }: Caller, connector: string): Promise<void> {
  if (scope.mode !== "test") throw refusal("Sample data are made in test mode only.");
  const enabled = (await deps.settings.accounts(scope)).filter(({ status }) => status === "enabled");
  if (enabled.length === 0) throw refusal("Sample data need an enabled account of the simulated gateway.");
  if (enabled.some((account) => account.connector !== connector))
    throw refusal("Sample data are made only where each enabled account is one of the simulated gateway: a real one would be asked.");
}

/** @returns whether there is a refund; a bank that is told to decline (TEST_PAYMENT_SUCCESS) leaves nothing to give back */
async function refunded(deps: Deps, caller: Caller, { scenario, amount, at }: { scenario: string; amount?: number; at: number }) {
  const input = payment(scenario, at, { confirm: true, amount: AMOUNTS[at]! });
  const answer = await createPayment(deps, part(caller, `refunded ${at}`), input);
  const { id, status } = JSON.parse(answer.body) as { readonly id?: string; readonly status?: string };
  if (id === undefined || status !== "succeeded") return false;
  await refundPayment(deps, part(caller, `refund ${at}`), { paymentId: id, amount, reason: "Sample data" });
  return true;
}

async function failingEndpoint(deps: Deps, caller: Caller): Promise<string | null> {
  try {
    const wish = { url: NOWHERE, description: "Sample data: fails on purpose. Delete it." };
    return idIn(await addEndpoint(deps, part(caller, "endpoint"), wish));
  } catch (error) {
    if (error instanceof TillwayError && error.code === "invalid_state") return null;
    throw error;
  }
}

/** Each part has a key of its own, made of the caller's, which no request of a caller can have. */
function part({ idempotency, ...caller }: Caller, name: string): Caller {
  return { ...caller, idempotency: idempotency && { ...idempotency, key: `${idempotency.key}\n${name}` } };
}

function payment(scenario: string, at: number, more: Partial<CreatePaymentInput> = {}): CreatePaymentInput {
  return {
    amount: AMOUNTS[at % AMOUNTS.length]!,
    currency: "INR",
    method: { type: "upi", vpa: `${scenario}@sandbox` },
    captureMethod: "automatic",
    confirm: null,
    orderId: null,
    description: GOODS[at % GOODS.length]!,
    metadata: { sample: "true" },
    customer: CUSTOMERS[at % CUSTOMERS.length]!,
    returnUrl: null,
    ...more,
  };
}

function idIn({ body }: Answer): string {
  return (JSON.parse(body) as { readonly id: string }).id;
}

function refusal(message: string): TillwayError {
  return new TillwayError("invalid_state", { message });
}
