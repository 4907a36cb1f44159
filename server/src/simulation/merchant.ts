/** The merchant's server: creates, confirms, captures in parts, voids, cancels, refunds; sends again under the same key until it has a final answer. */
import { versions } from "../api/versions/index.ts";
import type { TillwayError } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import type { Answer, Caller } from "../flows/idempotency.ts";
import type { Deps } from "../flows/deps.ts";
import { cancelPayment, capturePayment, confirmPayment, refundPayment, voidPayment } from "../flows/payments/operations.ts";
import { createOrder } from "../flows/orders/create.ts";
import { createPayment, type CreatePaymentInput } from "../flows/payments/create.ts";
import type { Kernel } from "./kernel.ts";
import { drawGateway, drawMoney, drawPayer } from "./payers.ts";
import type { Chance } from "./random.ts";
import type { Swarm } from "./swarm.ts";

/** The reply to one request over the merchant's line. */
export type Heard =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly error: TillwayError }
  /** No answer that counts: no connection, reset, timeout, 500, 503. */
  | { readonly kind: "nothing"; readonly reason: string };

/** One request of the merchant, the same at every repeat. */
export interface MerchantRequest {
  readonly kind: "order" | "create" | "confirm" | "capture" | "void" | "cancel" | "refund";
  readonly key: string;
  /** Stands for the body: equal bodies, equal texts. */
  readonly hash: string;
  readonly run: (deps: Deps, caller: Caller) => Promise<Answer>;
}

export interface MerchantSetup {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly swarm: Swarm;
  readonly scope: Scope;
  /** Sends one request to one of the API processes. */
  readonly ask: (run: (deps: Deps) => Promise<Answer>) => Promise<Heard>;
  /** Called with every answer, for the rules of idempotency. */
  readonly heard: (request: MerchantRequest, heard: Heard, hash: string) => void;
  readonly requestId: () => string;
}

export interface Merchant {
  /** Scripts still under way. */
  busy(): number;
  /** Sends each request that had a final answer once more, under the same key. */
  repeatAll(): Promise<void>;
}

/** After this many tries of one request the merchant gives up; a later repeat tries again. */
const PATIENCE = 40;

export function startMerchant(setup: MerchantSetup): Merchant {
  const { chance, swarm, kernel } = setup;
  const requests: MerchantRequest[] = [];
  let running = 0;
  const orders = swarm.orders ? ["ord_a", "ord_b"] : [];
  for (let n = 0; n < swarm.payments; n++) {
    running++;
    kernel.after(chance.int(0, swarm.spreadMs), () => void script({ setup, requests, orders }, n).then(() => running--));
  }
  return {
    busy: () => running,
    repeatAll: async () => {
      for (const request of requests) await insist(setup, request, 3);
    },
  };
}

interface Shop {
  readonly setup: MerchantSetup;
  readonly requests: MerchantRequest[];
  readonly orders: readonly string[];
}

/** One payment, from its creation to the last request that the merchant makes about it. */
async function script(shop: Shop, n: number): Promise<void> {
  const { chance, swarm } = shop.setup;
  const confirm = chance.pick([null, null, true, false]);
  const gateway = drawGateway(chance, swarm);
  const { amount, currency } = drawMoney(chance, swarm, gateway);
  const order = swarm.orders && chance.hit(0.3) ? await orders(shop, n, { amount, currency }) : null;
  const input: CreatePaymentInput = {
    amount,
    currency,
    ...drawPayer(chance, swarm, gateway),
    captureMethod: chance.hit(0.35) ? "manual" : "automatic",
    confirm,
    orderId: order ?? (shop.orders.length > 0 && chance.hit(0.6) ? chance.pick(shop.orders) : null),
    description: null,
    metadata: {},
  };
  const create = requestOf(shop, "create", `create-${n}`, (deps, caller) => createPayment(deps, caller, input));
  const created = await withTwins(shop, create);
  // Another payment of the order that somebody is too quick with.
  if (order !== null && chance.hit(0.5)) {
    const twin = requestOf(shop, "create", `again-${n}`, (deps, caller) => createPayment(deps, caller, input));
    await withTwins(shop, twin);
  }
  const id = created?.kind === "answer" ? paymentIdIn(created.answer) : null;
  if (id === null) return;
  const { captureMethod } = input;
  const requests = [
    cancels(shop, id, n),
    captures(shop, id, { n, amount, manual: captureMethod === "manual" }),
    refunds(shop, id, { n, amount }),
  ];
  if (confirm === false && chance.hit(0.85)) requests.push(confirms(shop, id, n));
  await Promise.all(requests);
}

/** An order of its own; null if the merchant gave up. */
async function orders(shop: Shop, n: number, { amount, currency }: { amount: number; currency: string }): Promise<string | null> {
  const input = { amount, currency, receipt: `receipt ${n}`, notes: {} };
  const made = await withTwins(
    shop,
    requestOf(shop, "order", `order-${n}`, (deps, caller) => createOrder(deps, caller, input)),
  );
  return made?.kind === "answer" ? paymentIdIn(made.answer) : null;
}

async function confirms(shop: Shop, paymentId: string, n: number): Promise<void> {
  const { chance } = shop.setup;
  await wait(shop, chance.skewed(10, 60_000));
  await withTwins(
    shop,
    requestOf(shop, "confirm", `confirm-${n}`, (deps, caller) =>
      confirmPayment(deps, caller, { paymentId, method: null, returnUrl: null }),
    ),
  );
}

/** Also when it is refused: too early, too late, too much, beside a cancel. */
async function captures(
  shop: Shop,
  paymentId: string,
  { n, amount, manual }: { n: number; amount: number; manual: boolean },
): Promise<void> {
  const { chance } = shop.setup;
  const times = manual ? chance.int(0, 3) : chance.hit(0.1) ? 1 : 0;
  for (let i = 0; i < times; i++) {
    await wait(shop, chance.skewed(100, 600_000));
    const command = { paymentId, amount: partOf(chance, amount), isFinal: chance.hit(0.3) };
    await withTwins(
      shop,
      requestOf(shop, "capture", `capture-${n}-${i}`, (deps, caller) => capturePayment(deps, caller, command)),
    );
  }
  if (!manual || !chance.hit(0.2)) return;
  await withTwins(
    shop,
    requestOf(shop, "void", `void-${n}`, (deps, caller) => voidPayment(deps, caller, { paymentId })),
  );
}

/** Some at once, some when the money has long been taken; together often more than there is. */
async function refunds(shop: Shop, paymentId: string, { n, amount }: { n: number; amount: number }): Promise<void> {
  const { chance } = shop.setup;
  const times = chance.hit(0.4) ? chance.int(1, 3) : 0;
  const asked = Array.from({ length: times }, async (_, i) => {
    await wait(shop, chance.skewed(100, 900_000));
    const command = { paymentId, amount: partOf(chance, amount), reason: null };
    await withTwins(
      shop,
      requestOf(shop, "refund", `refund-${n}-${i}`, (deps, caller) => refundPayment(deps, caller, command)),
    );
  });
  await Promise.all(asked);
}

/** Left out now and then: all of it. */
function partOf(chance: Chance, amount: number): number | undefined {
  return chance.hit(0.4) ? undefined : chance.int(1, amount);
}

async function cancels(shop: Shop, paymentId: string, n: number): Promise<void> {
  const { chance } = shop.setup;
  const times = chance.hit(0.25) ? chance.int(1, 2) : 0;
  for (let i = 0; i < times; i++) {
    await wait(shop, chance.skewed(0, 300_000));
    await withTwins(
      shop,
      requestOf(shop, "cancel", `cancel-${n}-${i}`, (deps, caller) => cancelPayment(deps, caller, { paymentId })),
    );
  }
}

function requestOf(shop: Shop, kind: MerchantRequest["kind"], key: string, run: MerchantRequest["run"]): MerchantRequest {
  const request: MerchantRequest = { kind, key, hash: `${key} body`, run };
  shop.requests.push(request);
  return request;
}

/** The request, sometimes twice at once, sometimes beside another body under its key. */
async function withTwins(shop: Shop, request: MerchantRequest): Promise<Heard | null> {
  const { chance } = shop.setup;
  const sent = [insist(shop.setup, request, PATIENCE)];
  if (chance.hit(0.2)) sent.push(insist(shop.setup, request, PATIENCE));
  if (chance.hit(0.05)) sent.push(insist(shop.setup, { ...request, hash: `${request.key} other body` }, 3));
  return (await Promise.all(sent))[0]!;
}

/** Sends until an answer that counts comes back. */
async function insist(setup: MerchantSetup, request: MerchantRequest, patience: number): Promise<Heard | null> {
  let gapMs = 500;
  for (let sent = 0; sent < patience; sent++) {
    const caller: Caller = {
      scope: setup.scope,
      audience: "merchant",
      requestId: setup.requestId(),
      apiVersion: versions.current,
      idempotency: { key: request.key, requestHash: request.hash },
    };
    const heard = await setup.ask((deps) => request.run(deps, caller));
    setup.heard(request, heard, request.hash);
    const again = heard.kind === "nothing" || (heard.kind === "refused" && isForNow(heard.error));
    if (!again) return heard;
    await new Promise<void>((resolve) => void setup.kernel.after(gapMs, resolve));
    gapMs = Math.min(60_000, gapMs * 2);
  }
  return null;
}

/** The first request is still being worked on, or too many change one thing at once. */
export function isForNow({ code }: TillwayError): boolean {
  return code === "idempotency_in_progress" || code === "rate_limited";
}

function wait(shop: Shop, ms: number): Promise<void> {
  return new Promise((resolve) => void shop.setup.kernel.after(ms, resolve));
}

function paymentIdIn(answer: Answer): string | null {
  const shown = JSON.parse(answer.body) as { id?: string; error?: { payment_id?: string } };
  return shown.id ?? shown.error?.payment_id ?? null;
}
