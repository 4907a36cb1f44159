/** The merchant's server: creates, confirms, captures, cancels; sends again under the same key until it has a final answer. */
import type { TillwayError } from "../core/errors.ts";
import type { PaymentMethod, Scope } from "../core/model.ts";
import type { Answer, Caller } from "../flows/idempotency.ts";
import type { Deps } from "../flows/deps.ts";
import { cancelPayment } from "../flows/payments/cancel.ts";
import { capturePayment } from "../flows/payments/capture.ts";
import { confirmPayment } from "../flows/payments/confirm.ts";
import { createPayment, type CreatePaymentInput } from "../flows/payments/create.ts";
import { inputOfToken, type ScenarioName, scenarioTable, tokenOf } from "@tillway/sandbox";
import type { Kernel } from "./kernel.ts";
import type { Chance } from "./random.ts";
import type { Swarm } from "./swarm.ts";

/** What came back of one request over the merchant's line. */
export type Heard =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly error: TillwayError }
  /** Nothing that counts: no connection, reset, timeout, 500, 503. */
  | { readonly kind: "nothing"; readonly reason: string };

/** One request of the merchant, the same at every repeat. */
export interface Wish {
  readonly kind: "create" | "confirm" | "capture" | "cancel";
  readonly key: string;
  /** Stands for the body: equal bodies, equal texts. */
  readonly hash: string;
  readonly run: (deps: Deps, caller: Caller) => Promise<Answer>;
}

export interface MerchantGiven {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly swarm: Swarm;
  readonly scope: Scope;
  /** Sends one request to one of the API processes. */
  readonly ask: (run: (deps: Deps) => Promise<Answer>) => Promise<Heard>;
  /** Told of every answer, for the rules of idempotency. */
  readonly heard: (wish: Wish, heard: Heard, hash: string) => void;
  readonly requestId: () => string;
}

export interface Merchant {
  /** Scripts still under way. */
  busy(): number;
  /** Sends each request that had a final answer once more, under the same key. */
  repeatAll(): Promise<void>;
}

/** After this many requests for one wish the merchant gives up; a later repeat asks again. */
const PATIENCE = 40;

export function startMerchant(given: MerchantGiven): Merchant {
  const { chance, swarm, kernel } = given;
  const wishes: Wish[] = [];
  let running = 0;
  const orders = swarm.orders ? ["ord_a", "ord_b"] : [];
  for (let n = 0; n < swarm.payments; n++) {
    running++;
    kernel.after(chance.int(0, swarm.spreadMs), () => void script({ given, wishes, orders }, n).then(() => running--));
  }
  return {
    busy: () => running,
    repeatAll: async () => {
      for (const wish of wishes) await insist(given, wish, 3);
    },
  };
}

interface Shop {
  readonly given: MerchantGiven;
  readonly wishes: Wish[];
  readonly orders: readonly string[];
}

/** One payment from its creation to the last thing that the merchant wants of it. */
async function script(shop: Shop, n: number): Promise<void> {
  const { chance, swarm } = shop.given;
  const confirm = chance.pick([null, null, true, false]);
  const input: CreatePaymentInput = {
    amount: chance.int(1, 100_000),
    currency: chance.pick(["INR", "EUR", "JPY"]),
    method: methodOf(chance, swarm),
    captureMethod: chance.hit(0.35) ? "manual" : "automatic",
    confirm,
    orderId: shop.orders.length > 0 && chance.hit(0.6) ? chance.pick(shop.orders) : null,
    description: null,
    metadata: {},
    customer: null,
    returnUrl: null,
    traceparent: null,
  };
  const create = wishOf(shop, "create", `create-${n}`, (deps, caller) => createPayment(deps, caller, input));
  const created = await withTwins(shop, create);
  const id = created?.kind === "answer" ? paymentIdIn(created.answer) : null;
  if (id === null) return;
  const wishes = [cancels(shop, id, n), captures(shop, id, { n, manual: input.captureMethod === "manual" })];
  if (confirm === false && chance.hit(0.85)) wishes.push(confirms(shop, id, n));
  await Promise.all(wishes);
}

async function confirms(shop: Shop, paymentId: string, n: number): Promise<void> {
  const { chance } = shop.given;
  await wait(shop, chance.skewed(10, 60_000));
  await withTwins(
    shop,
    wishOf(shop, "confirm", `confirm-${n}`, (deps, caller) => confirmPayment(deps, caller, { paymentId, method: null, returnUrl: null })),
  );
}

/** Also where it is refused: too early, too late, beside a cancel. */
async function captures(shop: Shop, paymentId: string, { n, manual }: { n: number; manual: boolean }): Promise<void> {
  const { chance } = shop.given;
  const times = manual ? chance.int(0, 3) : chance.hit(0.1) ? 1 : 0;
  for (let i = 0; i < times; i++) {
    await wait(shop, chance.skewed(100, 600_000));
    await withTwins(
      shop,
      wishOf(shop, "capture", `capture-${n}-${i}`, (deps, caller) => capturePayment(deps, caller, { paymentId })),
    );
  }
}

async function cancels(shop: Shop, paymentId: string, n: number): Promise<void> {
  const { chance } = shop.given;
  const times = chance.hit(0.25) ? chance.int(1, 2) : 0;
  for (let i = 0; i < times; i++) {
    await wait(shop, chance.skewed(0, 300_000));
    await withTwins(
      shop,
      wishOf(shop, "cancel", `cancel-${n}-${i}`, (deps, caller) => cancelPayment(deps, caller, { paymentId })),
    );
  }
}

function wishOf(shop: Shop, kind: Wish["kind"], key: string, run: Wish["run"]): Wish {
  const wish: Wish = { kind, key, hash: `${key} body`, run };
  shop.wishes.push(wish);
  return wish;
}

/** The request, sometimes twice at once, sometimes beside another body under its key. */
async function withTwins(shop: Shop, wish: Wish): Promise<Heard | null> {
  const { chance } = shop.given;
  const sent = [insist(shop.given, wish, PATIENCE)];
  if (chance.hit(0.2)) sent.push(insist(shop.given, wish, PATIENCE));
  if (chance.hit(0.05)) sent.push(insist(shop.given, { ...wish, hash: `${wish.key} other body` }, 3));
  return (await Promise.all(sent))[0]!;
}

/** Sends until something that counts comes back. */
async function insist(given: MerchantGiven, wish: Wish, patience: number): Promise<Heard | null> {
  let gapMs = 500;
  for (let sent = 0; sent < patience; sent++) {
    const caller: Caller = {
      scope: given.scope,
      audience: "merchant",
      requestId: given.requestId(),
      idempotency: { key: wish.key, requestHash: wish.hash },
    };
    const heard = await given.ask((deps) => wish.run(deps, caller));
    given.heard(wish, heard, wish.hash);
    const again = heard.kind === "nothing" || (heard.kind === "refused" && heard.error.code === "idempotency_in_progress");
    if (!again) return heard;
    await new Promise<void>((resolve) => void given.kernel.after(gapMs, resolve));
    gapMs = Math.min(60_000, gapMs * 2);
  }
  return null;
}

function wait(shop: Shop, ms: number): Promise<void> {
  return new Promise((resolve) => void shop.given.kernel.after(ms, resolve));
}

const scenarios = Object.keys(scenarioTable) as ScenarioName[];

function methodOf(chance: Chance, swarm: Swarm): PaymentMethod {
  const scenario = chance.hit(swarm.scenarioShare) ? chance.pick(scenarios) : null;
  if (chance.hit(0.2)) return { type: "upi", vpa: `${scenario ?? "somebody"}@sandbox` };
  const token = scenario === null ? "tok_plain_visa" : tokenOf(scenario);
  if (inputOfToken(token) === null) throw new Error(`the sandbox does not know ${token}`);
  return { type: "card", connector: "sandbox", token, network: "visa", last4: "4242" };
}

function paymentIdIn(answer: Answer): string | null {
  const shown = JSON.parse(answer.body) as { id?: string; error?: { payment_id?: string } };
  return shown.id ?? shown.error?.payment_id ?? null;
}
