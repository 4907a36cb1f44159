/** The connector and its far side in one process, under one key, with faults at single requests. For tests only. */
import { createRazorpayFarSide, inProcessTransport, type FaultName, type RazorpayFarSide } from "@tillway/sandbox";
import { manualClock, type ManualClock } from "../../../../sandbox/src/desk.testing.ts";
import type { Attempt, PaymentMethod } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call, Listed, ListQuery, ListReply, Reply } from "../../core/ports/connector.ts";
import { anAttempt } from "../../core/rows.testing.ts";
import { createRazorpayConnector } from "./connector.ts";

export const KEY = "key-0000000001";
export const paid = {
  type: "card",
  connector: "razorpay",
  token: "token_AbroadSuccess",
  network: null,
  last4: null,
} as const satisfies PaymentMethod;

export interface Bench {
  readonly far: RazorpayFarSide;
  readonly clock: ManualClock;
  /** The next request whose path contains `path` meets this. */
  fault(path: string, name: FaultName, method?: string): void;
  send(given?: Partial<Attempt>, more?: Partial<Call>): Promise<Reply>;
  find(given?: Partial<Attempt>, more?: Partial<Call>): Promise<Outcome>;
  retrieve(reference: string, given?: Partial<Attempt>, more?: Partial<Call>): Promise<Outcome>;
  /** All pages of all that there is, or of a span. `between` happens after each page. */
  list(span?: Partial<ListQuery>, between?: () => Promise<unknown>): Promise<Listed[]>;
  /** A request of somebody else who has the key of the account. */
  post(path: string, body: object): Promise<unknown>;
  /** POST paths so far. */
  posts(): string[];
}

export function bench(options: { upiAfterMs?: number; refundAfterMs?: number; refundRunsMs?: number } = {}): Bench {
  const clock = manualClock();
  const far = createRazorpayFarSide({ clock, http: null, publicUrl: "http://razorpay.test", ...options });
  const posted: string[] = [];
  const faults: { path: string; name: FaultName; method?: string }[] = [];
  const http = inProcessTransport(far, ({ url, method }) => {
    if (method === "POST") posted.push(url.replace("http://razorpay.test/v1", ""));
    const index = faults.findIndex((one) => url.includes(one.path) && (one.method ?? method) === method);
    return faults.splice(index === -1 ? faults.length : index, 1)[0]?.name;
  });
  const connector = createRazorpayConnector({ http, baseUrl: "http://razorpay.test", clock });
  const credentials = { key_id: "rzp_test_bench", key_secret: "secret", webhook_secret: "hook" };
  const account = { id: "acc_1", connector: "razorpay", credentials } as unknown as Call["account"];
  const call = (given: Partial<Attempt> = {}, more: Partial<Call> = {}): Call => ({
    attempt: anAttempt({ gatewayKey: KEY, amount: 4_500, currency: "INR", sends: 1, questions: 0, ...given }),
    account,
    method: paid,
    captureMethod: "automatic",
    returnUrl: null,
    customer: { email: "asha@example.com", phone: "+919999999999" },
    nextAction: null,
    sendBefore: null,
    ...more,
  });
  const run = async <T>(exchange: Promise<T>): Promise<T> => {
    let isOver = false;
    const done = exchange.finally(() => (isOver = true));
    while (!isOver) await clock.advance(1_000);
    return done;
  };
  return {
    far,
    clock,
    fault: (path, name, method) => void faults.push({ path, name, method }),
    send: (given, more) => run(connector.send(call(given, more))),
    find: async (given, more) => (await run(connector.find(call(given, more)))).outcome,
    retrieve: async (reference, given, more) => (await run(connector.retrieve(call(given, more), reference))).outcome,
    async list(span = {}, between = async () => {}) {
      const entries: Listed[] = [];
      const query = { from: 0, before: clock.now() + 1_000, ...span };
      for (let cursor: string | null = null, page = 0; page < PAGES_MAX; page++) {
        const reply: ListReply = await run(connector.list!(account, { ...query, cursor }));
        if (!reply.ok) throw new Error(reply.reason);
        entries.push(...reply.entries);
        if (reply.cursor === null) return entries;
        cursor = reply.cursor;
        await between();
      }
      throw new Error("pages without end");
    },
    async post(path, body) {
      const { key_id: id, key_secret: secret } = credentials;
      const headers = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` };
      const answer = await far.handle({ method: "POST", path: `/v1${path}`, headers, body: JSON.stringify(body) });
      return JSON.parse(answer.body) as unknown;
    },
    posts: () => posted,
  };
}

/** More than any test reads. */
const PAGES_MAX = 20;

/** A call that is made again, after questions. */
export const again = { sends: 2, questions: 2 };
export const payments = ({ far }: Bench) => [...far.books.payments.values()];
export const orders = ({ far }: Bench) => [...far.books.orders.values()];
