/** Razorpay's far side as one of a world's gateways: its orders are our charges, by their receipts. */
import { createHash } from "node:crypto";
import { createRazorpayFarSide, type FarReply, type FarRequest, type RazorpayFarSide, razorpaySignature } from "@tillway/sandbox";
import { type Arrival, type Bank, type BankSetup, inMinorUnits, type Position, urlOf } from "./bank.ts";
import { realBank, type RealBank } from "./real-bank.ts";

const BANK_PAGE = /\/v1\/payments\/(pay_\w+)\/authorize/;

interface Inside {
  readonly setup: BankSetup;
  readonly far: RazorpayFarSide;
  readonly account: string;
  /** Payments. */
  readonly met: Set<string>;
}

export function openRazorpayBank(setup: BankSetup): Bank {
  const { kernel, counts } = setup.machinery;
  const [account] = setup.accounts;
  const { key_id: keyId = "", key_secret: keySecret = "", webhook_secret: secret = "" } = account!.credentials;
  const far = createRazorpayFarSide({
    clock: { now: () => kernel.now, sleep: () => new Promise(() => undefined) },
    http: null,
    publicUrl: urlOf("razorpay"),
    merchants: [{ keyId, keySecret, webhook: { url: "http://tillway.invalid", secret } }],
    seed: String(setup.seed),
    upiAfterMs: setup.swarm.plainDelayMs,
    refundAfterMs: setup.swarm.laterMs,
  });
  const inside: Inside = { setup, far, account: account!.id, met: new Set() };
  const bank: RealBank = realBank(setup, {
    ...far,
    connector: "razorpay",
    takeOwed: () => far.webhooks.owed.splice(0),
    positions: () => [...far.books.orders.values()].map((order) => positionOf(inside.account, order)),
    // Its id is in a header that is not signed.
    keptAs: ({ body }) => `digest-${createHash("sha256").update(body).digest("hex").slice(0, 40)}`,
    headersOf: ({ id, body }) => ({ "x-razorpay-signature": razorpaySignature(body, secret), "x-razorpay-event-id": id }),
    seen(request, reply) {
      const arrival = arrivalOf(inside, request, reply);
      if (arrival !== null && request.path === "/v1/orders") counts.gatewayCharges++;
      if (arrival !== null) setup.asked(arrival);
      meetShopper(inside, bank, reply);
    },
  });
  return bank;
}

type Order = RazorpayFarSide["books"]["orders"] extends ReadonlyMap<string, infer One> ? One : never;

function positionOf(account: string, { id, receipt, amount, currency, payments: tries }: Order): Position {
  const inOurs = (wire: number): number => inMinorUnits(wire, currency, "razorpay");
  const sum = (amounts: readonly { readonly amount: number }[]): number => amounts.reduce((all, one) => all + one.amount, 0);
  const taken = tries.filter(({ captured }) => captured);
  const refunds = taken.flatMap((one) => one.refunds).filter(({ status }) => status !== "failed");
  const isHeld = tries.some(({ status }) => status === "authorized");
  return {
    account,
    key: receipt ?? id,
    payment: null,
    amount: inOurs(amount),
    status: taken.length > 0 ? "succeeded" : isHeld ? "authorized" : (tries.at(-1)?.status ?? "created"),
    captured: inOurs(sum(taken)),
    refunded: inOurs(sum(refunds)),
    isFickle: tries.some(({ script }) => script.lateAfterMs !== undefined),
    isUseless: tries.some(({ script }) => script.shownAs !== undefined || script.extraAmount !== undefined),
  };
}

/** What a request asks for; null: nothing that moves money. */
function arrivalOf({ account, far }: Inside, { method, path, body }: FarRequest, reply: FarReply): Arrival | null {
  if (method !== "POST") return null;
  const { amount, currency = "", receipt, notes } = JSON.parse(body ?? "{}") as Partial<Asked>;
  const [, , , id = "", verb = ""] = path.split("/");
  const about = { account, key: notes?.tillway_key ?? receipt ?? null, refusal: refusalIn(reply) };
  const inOurs = (code: string) => ({ amount: inMinorUnits(Number(amount), code, "razorpay"), currency: code });
  if (path === "/v1/orders" || path === "/v1/payments/create/json") return { ...about, operation: "charge", ...inOurs(currency) };
  const parent = far.books.payments.get(id);
  if (parent === undefined || (verb !== "capture" && verb !== "refund")) return null;
  return { ...about, charge: parent.order.receipt, operation: verb, ...inOurs(parent.currency) };
}

/** A shopper who is sent to the bank's page types a password that is right, one that is wrong, or none. */
function meetShopper({ setup, far, met }: Inside, bank: RealBank, { body }: FarReply): void {
  const { kernel } = setup.machinery;
  const [, id] = BANK_PAGE.exec(body) ?? [];
  if (id === undefined || met.has(id)) return;
  met.add(id);
  const otp = setup.shopper.pick(["1234", "1234", "12", null] as const);
  if (otp === null) return;
  kernel.after(setup.shopper.skewed(2_000, 1_500_000), () => {
    bank.visit({ method: "POST", path: `/v1/payments/${id}/authorize`, headers: {}, body: `otp=${otp}` });
    kernel.trace.add(kernel.now, `shopper: ${otp} ${id} ⇒ ${far.books.payments.get(id)!.status}`);
  });
}

interface Asked {
  readonly amount: number;
  readonly currency: string;
  readonly receipt: string;
  readonly notes: { readonly tillway_key?: string };
}

/** Razorpay's sentences about an amount that it can't express. */
function refusalIn({ status, body }: FarReply): string | null {
  return status === 400
    ? (/Order amount less than minimum[^"]*|The last digit of the amount must be 0|atleast INR[^"]*/.exec(body)?.[0] ?? null)
    : null;
}
