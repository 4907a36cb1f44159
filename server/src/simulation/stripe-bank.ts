/** Stripe's far side as one of a world's gateways: one account, whose books the oracle reads in minor units of ISO 4217. */
import {
  createStripeFarSide,
  type FarReply,
  type FarRequest,
  STRIPE_SIGNATURE_HEADER,
  type StripeFarSide,
  stripeSignature,
} from "@tillway/sandbox";
import { type Arrival, type Bank, type BankSetup, inMinorUnits, type Position, urlOf } from "./bank.ts";
import { realBank, type RealBank } from "./real-bank.ts";

const INTENTS = "/v1/payment_intents";
const CHALLENGE = /\/3ds\/(pi_\w+)\/(\w+)/;
/** The connector's keys of one operation's further requests. */
const FURTHER_KEY = /-(?:confirm|cancel-\d+)$/;
/** Tokens about which the far side says what nobody can use. */
const USELESS = new Set(["pm_sim_wrong_amount", "pm_sim_unknown_status"]);

interface Inside {
  readonly setup: BankSetup;
  readonly far: StripeFarSide;
  readonly account: string;
  /** Intents. */
  readonly useless: Set<string>;
  readonly met: Set<string>;
}

export function openStripeBank(setup: BankSetup): Bank {
  const { kernel, counts } = setup.machinery;
  const [account] = setup.accounts;
  const { secret_key: secretKey = "", webhook_secret: secret = "" } = account!.credentials;
  const far = createStripeFarSide({
    clock: { now: () => kernel.now, sleep: () => new Promise(() => undefined) },
    http: null,
    secretKeys: [secretKey],
    publicUrl: urlOf("stripe"),
    webhook: { url: "http://tillway.invalid", secrets: [secret] },
    seed: String(setup.seed),
    searchLagMs: setup.swarm.searchLagMs,
    laterMs: setup.swarm.laterMs,
  });
  const inside: Inside = { setup, far, account: account!.id, useless: new Set(), met: new Set() };
  const bank: RealBank = realBank(setup, {
    ...far,
    connector: "stripe",
    positions: () => positionsIn(inside),
    headersOf: ({ body }) => ({ [STRIPE_SIGNATURE_HEADER]: stripeSignature([secret], body, kernel.now) }),
    seen(request, reply) {
      const arrival = arrivalOf(inside, request, reply);
      if (arrival?.operation === "charge") counts.gatewayCharges++;
      if (arrival !== null) setup.asked(arrival);
      meetShopper(inside, bank, reply);
    },
  });
  return bank;
}

function positionsIn({ far, account, useless }: Inside): readonly Position[] {
  return far.books().map(({ key, intent, status, currency, amount, captured, refunded }) => {
    const inOurs = (wire: number): number => inMinorUnits(wire, currency.toUpperCase(), "stripe");
    return {
      account,
      key: key ?? intent,
      payment: null,
      amount: inOurs(amount),
      status: status === "requires_capture" ? "authorized" : status,
      captured: inOurs(captured),
      refunded: inOurs(refunded),
      isFickle: false,
      isUseless: useless.has(intent),
    };
  });
}

/** What a request asks for; null: nothing that moves money. */
function arrivalOf(inside: Inside, { method, path, headers, body }: FarRequest, reply: FarReply): Arrival | null {
  const key = headers["idempotency-key"] ?? "";
  const [, , , id = "", verb = ""] = path.split("/");
  if (method !== "POST" || (verb === "cancel" && FURTHER_KEY.test(key))) return null;
  const form = new URLSearchParams(body ?? "");
  const about = { account: inside.account, key: key.replace(FURTHER_KEY, ""), refusal: refusalIn(reply) };
  const money = (name: string, currency: string) => ({ amount: inMinorUnits(Number(form.get(name)), currency, "stripe"), currency });
  const currencyOf = (intent: string | null): string =>
    inside.far
      .books()
      .find((one) => one.intent === intent)
      ?.currency.toUpperCase() ?? "";
  if (path === INTENTS) return { ...about, operation: "charge", ...money("amount", (form.get("currency") ?? "").toUpperCase()) };
  if (path === "/v1/refunds") return { ...about, operation: "refund", ...money("amount", currencyOf(form.get("payment_intent"))) };
  if (verb === "capture") return { ...about, operation: "capture", ...money("amount_to_capture", currencyOf(id)) };
  if (verb === "cancel") return { ...about, operation: "void", amount: 0, currency: currencyOf(id) };
  if (verb === "confirm" && USELESS.has(form.get("payment_method") ?? "")) inside.useless.add(id);
  return null;
}

/** A shopper who is sent to the bank's page passes, fails, or never comes. */
function meetShopper({ setup, met }: Inside, bank: RealBank, { body }: FarReply): void {
  const { kernel } = setup.machinery;
  const [, id, challenge] = CHALLENGE.exec(body) ?? [];
  if (id === undefined || met.has(id)) return;
  met.add(id);
  const verdict = setup.shopper.pick(["approve", "approve", "refuse", null] as const);
  if (verdict === null) return;
  kernel.after(setup.shopper.skewed(2_000, 1_500_000), () => {
    bank.visit({ method: "POST", path: `/3ds/${id}/${challenge}/${verdict}`, headers: {}, body: null });
    kernel.trace.add(kernel.now, `shopper: ${verdict} ${id.slice(0, 7)}`);
  });
}

/** Stripe's sentences about an amount that it can't express, be it too small, too large or too fine. */
function refusalIn({ status, body }: FarReply): string | null {
  return status === 400
    ? (/amounts in \w+ must be a multiple of \d+|Amount must be (?:at least|no more than) [^"]*/.exec(body)?.[0] ?? null)
    : null;
}
