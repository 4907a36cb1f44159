/**
 * A Razorpay of our own, for tests and trials: stateful, in memory, with a clock of the caller's. `handle` is the plain way in; it is also
 * what a server or an in-process transport needs of a far side.
 */
import { answer, type FarReply, type FarRequest } from "../far-side.ts";
import { effects, type Effect, type FaultName } from "../faults.ts";
import type { Clock, HttpPort, Ms } from "../ports.ts";
import { answerBankPage, bankPage } from "./bank-page.ts";
import { catchUp, emptyBooks, taken, type Books, type Merchant } from "./books.ts";
import { answerCheckout } from "./checkout.ts";
import { handleControl, type Call, type Controls, type PlannedFault } from "./control.ts";
import { credentialsOf } from "./input.ts";
import { openJournal, type Journal, type JournalLine } from "./journal.ts";
import { signedResult, type Counter } from "./payments.ts";
import { isRefused, unauthorized, type Refused } from "./refusals.ts";
import { route } from "./routes.ts";
import { openDesk, owe, release, sendDue, type Release, type WebhookDesk } from "./webhooks.ts";

export interface RazorpayOptions {
  readonly clock: Clock;
  /** For webhooks; null: they stay owed. */
  readonly http: HttpPort | null;
  /** Where a shopper's browser reaches the bank's page; without a slash at its end. */
  readonly publicUrl: string;
  /** Known from the start; any other key id is taken with the secret that it first comes with. */
  readonly merchants?: readonly Pick<Merchant, "keyId" | "keySecret" | "webhook">[];
  /** Ids are made of it: the same seed and requests give the same ids. Left out: the time. */
  readonly seed?: string;
  /** The books outlive the process in it. Left out: they are in memory only. */
  readonly journalPath?: string | null;
  readonly upiAfterMs?: number;
  readonly refundAfterMs?: number;
  readonly refundRunsMs?: number;
}

export interface RazorpayFarSide {
  readonly clock: Clock;
  readonly books: Books;
  readonly webhooks: WebhookDesk;
  /** Never rejects. */
  handle(request: FarRequest, fault?: FaultName): Promise<FarReply>;
  /** The same at once. */
  serve(request: FarRequest, fault?: FaultName): FarReply;
  /** Lets happen what is due by the clock. @returns when the next thing is; null: nothing is to come */
  catchUp(): Ms | null;
  /** Lets held webhooks go. */
  release(how?: Release): void;
  /** Captured less refunded under this receipt. */
  taken(receipt: string): number;
  close(): Promise<void>;
}

/** Calls that are remembered, for whoever looks at them. */
const CALLS_MAX = 10_000;
/** So often webhooks and plans are looked at, if nothing says that one is due. */
const LOOK_EVERY_MS = 500;

export function createRazorpayFarSide(options: RazorpayOptions): RazorpayFarSide {
  const { clock, http, publicUrl, merchants = [], upiAfterMs = 2_000, refundAfterMs = 0, refundRunsMs = 0 } = options;
  const { seed = String(clock.now()), journalPath = null } = options;
  const journal = journalPath === null ? null : openJournal(journalPath, seed);
  const books = emptyBooks(journal?.seed ?? seed);
  for (const { keyId, keySecret, webhook } of merchants) Object.assign(merchantIn(books, keyId, keySecret)!, { webhook });
  const desk = openDesk();
  const faults: PlannedFault[] = [];
  const calls: Call[] = [];
  const life = { books, tell: (event, about, at) => owe(desk, books, { event, about, at }) } satisfies Controls["life"];
  const controls: Controls = { books, desk, faults, calls, merchantOf: (id, secret) => merchantIn(books, id, secret), life };
  const counterOf = (merchant: Merchant): Counter => ({ ...life, merchant, publicUrl, upiAfterMs, refundAfterMs, refundRunsMs });

  function answerTo(request: FarRequest, now: Ms): FarReply {
    if (request.path.startsWith("/_")) return replyOf(handleControl(controls, request, now), now);
    if (request.path === "/health") return replyOf({ ok: true }, now);
    const page = pageRequest(controls, counterOf, request, now);
    if (page !== null) return page;
    const credentials = credentialsOf(request);
    const merchant = credentials && merchantIn(books, credentials.keyId, credentials.keySecret);
    return replyOf(merchant === null ? unauthorized : route(counterOf(merchant), request, now), now);
  }

  function carryOut(request: FarRequest, now: Ms, given: FaultName | undefined): FarReply {
    catchUp(books, now);
    const isControl = request.path.startsWith("/_");
    const { name: fault, delayMs } = isControl ? { name: "none" as const, delayMs: 0 } : faultOf(books, faults, request, given);
    const effect: Effect = effects[fault];
    const reply = effect.processes ? answerTo(request, now) : answer(500, "{}");
    const shown = { ...broken(effect, reply), delayMs: reply.delayMs + delayMs };
    if (!isControl)
      keepCall(calls, { method: request.method, path: request.path, status: shown.status, fault, connection: shown.connection });
    return shown;
  }

  if (journal !== null) replay(journal, desk, ({ at, fault, ...request }) => carryOut(request, at, fault));
  const sender = http === null ? null : startSending({ books, desk, clock, http });
  const far: RazorpayFarSide = {
    clock,
    books,
    webhooks: desk,
    handle: async (request, given) => far.serve(request, given),
    serve(request, given) {
      const now = clock.now();
      // A question leaves no trace, unless it uses up a fault that was planned.
      if (request.method !== "GET" || faults.some(({ times }) => times > 0)) journal?.write(request, now, given);
      const shown = carryOut(request, now, given);
      sender?.wake();
      return shown;
    },
    catchUp: () => nextAfter(books, clock.now()),
    release(how) {
      release(desk, clock.now(), how);
      sender?.wake();
    },
    taken: (receipt) => taken(books, receipt),
    close: async () => (await sender?.stop(), journal?.close()),
  };
  return far;
}

/** The same requests at the same times give the same books. What was told then is not told again, but for what is held. */
function replay({ lines }: Journal, desk: WebhookDesk, carryOut: (line: JournalLine) => unknown): void {
  for (const line of lines) carryOut(line);
  desk.owed.splice(0, desk.owed.length, ...desk.owed.filter(({ dueAt }) => dueAt === Infinity));
}

function keepCall(calls: Call[], call: Call): void {
  calls.push(call);
  if (calls.length > CALLS_MAX) calls.shift();
}

/** When the next plan is due, after those of by now have happened. */
function nextAfter(books: Books, now: Ms): Ms | null {
  catchUp(books, now);
  return books.plans[0]?.at ?? null;
}

/** The first secret that a key id comes with is its secret. */
function merchantIn({ merchants }: Books, keyId: string, keySecret: string): Merchant | null {
  const known = merchants.get(keyId);
  if (known !== undefined) return known.keySecret === keySecret ? known : null;
  const merchant = { keyId, keySecret, webhook: null, receipts: new Map(), refundKeys: new Map() } satisfies Merchant;
  merchants.set(keyId, merchant);
  return merchant;
}

function replyOf(result: object | Refused, now: Ms): FarReply {
  const refused = isRefused(result) ? result : null;
  const reply = answer(refused?.status ?? 200, JSON.stringify(refused ? { error: refused.error } : result));
  return { ...reply, headers: { ...reply.headers, date: new Date(now).toUTCString() } };
}

const RAZORPAY_ERROR = JSON.stringify({
  error: {
    code: "SERVER_ERROR",
    description: "We are facing some trouble completing your request at the moment. Please try again shortly.",
    source: "internal",
    step: "NA",
    reason: "server_error",
    metadata: {},
  },
});

/** The fault in Razorpay's own words. */
function broken({ connection, answer: replaced }: Effect, reply: FarReply): FarReply {
  if (replaced === null) return { ...reply, connection };
  const isHtml = replaced.body.startsWith("<");
  const headers: Record<string, string> = { "content-type": isHtml ? "text/html" : "application/json" };
  if (replaced.retryAfterS !== undefined) headers["retry-after"] = String(replaced.retryAfterS);
  return { ...reply, status: replaced.status, headers, body: isHtml ? replaced.body : RAZORPAY_ERROR, connection };
}

interface Met {
  readonly name: FaultName;
  readonly delayMs: number;
}

/** In this order: the caller's, a planned one, and the one that the VPA of a first payment of an order names. */
function faultOf(books: Books, faults: PlannedFault[], request: FarRequest, given: FaultName | undefined): Met {
  if (given !== undefined) return { name: given, delayMs: 0 };
  const planned = faults.find(({ path, times }) => times > 0 && request.path.includes(path));
  if (planned !== undefined) {
    planned.times -= 1;
    return { name: planned.fault, delayMs: planned.delayMs };
  }
  const [, orderId = ""] = /"order_id":"(\w+)"/.exec(request.body ?? "") ?? [];
  const [, vpa = ""] = /"vpa":"([a-z-]+)@razorpay"/.exec(request.body ?? "") ?? [];
  const order = books.orders.get(orderId);
  const isFirst = request.path === "/v1/payments/create/json" && order !== undefined && !metFaults.has(order);
  if (!isFirst || !Object.hasOwn(effects, vpa)) return { name: "none", delayMs: 0 };
  metFaults.add(order);
  return { name: vpa as FaultName, delayMs: 0 };
}

/** Orders whose first payment has met its fault. */
const metFaults = new WeakSet<object>();

function pageRequest({ books, life }: Controls, counterOf: (merchant: Merchant) => Counter, request: FarRequest, now: Ms): FarReply | null {
  const checkout = answerCheckout(books, counterOf, request, now);
  if (checkout !== null) return "delayMs" in checkout ? (checkout as FarReply) : replyOf(checkout, now);
  const [, id = ""] = /^\/v1\/payments\/(\w+)\/authorize(?:\?|$)/.exec(request.path) ?? [];
  const payment = books.payments.get(id);
  if (payment === undefined) return null;
  if (request.method !== "POST") return bankPage(payment);
  const merchant = books.merchants.get(payment.order.keyId)!;
  return answerBankPage(life, payment, request.body, { now, result: () => signedResult(counterOf(merchant), payment) });
}

/** Lets plans happen and webhooks leave in their time. */
function startSending({
  books,
  ...deps
}: {
  readonly books: Books;
  readonly desk: WebhookDesk;
  readonly clock: Clock;
  readonly http: HttpPort;
}) {
  let isOver = false;
  let nap = new AbortController();
  const run = async (): Promise<void> => {
    while (!isOver) {
      nap = new AbortController();
      catchUp(books, deps.clock.now());
      await sendDue(deps);
      if (!isOver) await deps.clock.sleep(LOOK_EVERY_MS, nap.signal);
    }
  };
  const running = run();
  return {
    wake: () => nap.abort(),
    stop: () => {
      isOver = true;
      nap.abort();
      return running;
    },
  };
}
