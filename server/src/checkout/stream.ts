/** A payment as it changes, as server-sent events: one at once, one for each change, and a comment now and then so that no proxy ends it. */
import { PassThrough, type Readable } from "node:stream";
import { Type } from "typebox";
import { TillwayError } from "../core/errors.ts";
import type { Snapshot } from "../core/model.ts";
import type { Deps } from "../flows/deps.ts";
import type { App } from "../http/app.ts";
import type { CheckoutDeps } from "./deps.ts";
import { opened, paymentOf } from "./opened.ts";
import { checkoutPayment, isOverFor } from "./payment.ts";

export function streamRoute(app: App, deps: CheckoutDeps): void {
  const streams = paymentStreams(deps.flows);
  app.addHook("preClose", (done) => {
    streams.close();
    done();
  });
  const options = { onRequest: app.guard("payments.read"), schema: { querystring: Type.Object({}) } };
  app.get("/v1/checkout/payments/:id/stream", options, async (request, reply) => {
    const snapshot = await paymentOf(deps, request, await opened(deps, request, "payment"));
    // What comes after the last event is the end of the connection; a server that stops must not wait for it.
    reply.headers({ "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no", connection: "close" });
    return reply.send(streams.open(snapshot));
  });
}

/** Of one order: some tabs, and one that was left behind. */
const PER_ORDER_MAX = 4;
/** Of this process; each is a connection. Whoever finds no place asks for the payment now and then. */
const STREAMS_MAX = 1_000;
/** A change is shown this long after it was written, or later if many payments are watched: the store is asked 250 times a second at most. */
const LOOK_EVERY_MS = 500;
const LOOK_EVERY_MS_EACH = 4;
const COMMENT_EVERY_MS = 10_000;
/** The page opens another one then, so that none is kept for a tab that nobody looks at. */
const LASTS_MS = 300_000;
const COME_AGAIN_MS = 2_000;

interface Open {
  readonly stream: PassThrough;
  readonly endsAt: number;
}

/** One look-out for each payment, whoever watches it. */
interface Watched {
  readonly listeners: Set<PassThrough>;
  readonly left: AbortController;
  text: string;
}

type Limits = Readonly<Record<"perOrder" | "all" | "commentEveryMs" | "lastsMs", number>>;

const LIMITS: Limits = { perOrder: PER_ORDER_MAX, all: STREAMS_MAX, commentEveryMs: COMMENT_EVERY_MS, lastsMs: LASTS_MS };

/** @param limits replaced in tests */
export function paymentStreams(deps: Pick<Deps, "store" | "clock">, limits: Limits = LIMITS) {
  const open = new Set<Open>();
  const ofOrder = new Map<string, number>();
  const lookOuts = paymentLookOuts(deps);
  let isClosing = false;
  let timer: NodeJS.Timeout | null = null;

  const beat = (): void => {
    for (const one of open) keepOrEnd(one, performance.now());
  };

  function forget(one: Open, order: string): void {
    open.delete(one);
    const left = ofOrder.get(order)! - 1;
    if (left > 0) ofOrder.set(order, left);
    else ofOrder.delete(order);
    if (open.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  return {
    /** Throws `TillwayError` rate_limited: as many as may be are open. */
    open(snapshot: Snapshot): Readable {
      const { merchantId, mode, orderId } = snapshot.payment;
      const order = `${merchantId} ${mode} ${orderId}`;
      const mine = ofOrder.get(order) ?? 0;
      if (open.size >= limits.all || mine >= limits.perOrder)
        throw new TillwayError("rate_limited", {
          retryAfterMs: COME_AGAIN_MS,
          message: "As many streams as may be are open. Ask for the payment itself now and then, or close one.",
        });
      const stream = new PassThrough();
      const one: Open = { stream, endsAt: performance.now() + limits.lastsMs };
      open.add(one);
      ofOrder.set(order, mine + 1);
      timer ??= setInterval(beat, limits.commentEveryMs).unref();
      const leave = lookOuts.join(snapshot, stream);
      // However it ends: by us, by the caller who goes, or by a broken connection.
      stream.once("close", () => {
        leave();
        forget(one, order);
      });
      tell(stream, textOf(snapshot), isClosing || isOverFor(snapshot));
      return stream;
    },
    /** Ends all of them: their pages ask the next process. */
    close(): void {
      isClosing = true;
      for (const { stream } of open) stream.end();
    },
    counts: () => ({ open: open.size, watched: lookOuts.count(), orders: ofOrder.size }),
  };
}

function keepOrEnd({ stream, endsAt }: Open, now: number): void {
  if (!stream.writableEnded) {
    if (now >= endsAt) stream.end();
    else stream.write(": still here\n\n");
    return;
  }
  // It stays until its caller has read it; a caller who never does is not waited for.
  if (now >= endsAt) stream.destroy();
}

/** One look-out for each payment, however many watch it; it ends with the last of them. */
function paymentLookOuts({ store, clock }: Pick<Deps, "store" | "clock">) {
  const watched = new Map<string, Watched>();

  /** Runs while somebody listens. A store that does not answer is asked again. */
  async function lookOut(one: Watched, { payment: { merchantId, mode, id } }: Snapshot): Promise<void> {
    while (one.listeners.size > 0) {
      await clock.sleep(Math.max(LOOK_EVERY_MS, watched.size * LOOK_EVERY_MS_EACH), one.left.signal);
      if (one.listeners.size === 0) return;
      const now = await store.load({ merchantId, mode }, id).catch(() => null);
      if (now === null) continue;
      const text = textOf(now);
      if (text === one.text) continue;
      one.text = text;
      for (const stream of one.listeners) tell(stream, text, isOverFor(now));
    }
  }

  return {
    count: () => watched.size,
    /** @returns leaves */
    join(snapshot: Snapshot, stream: PassThrough): () => void {
      const { merchantId, mode, id } = snapshot.payment;
      const name = `${merchantId} ${mode} ${id}`;
      const known = watched.get(name);
      const one = known ?? { listeners: new Set(), left: new AbortController(), text: textOf(snapshot) };
      one.listeners.add(stream);
      if (known === undefined) {
        watched.set(name, one);
        void lookOut(one, snapshot);
      }
      return () => {
        one.listeners.delete(stream);
        if (one.listeners.size > 0) return;
        if (watched.get(name) === one) watched.delete(name);
        one.left.abort();
      };
    },
  };
}

function tell(stream: PassThrough, text: string, isLast: boolean): void {
  if (stream.writableEnded) return;
  stream.write(`event: payment\ndata: ${text}\n\n`);
  if (isLast) stream.end();
}

function textOf(snapshot: Snapshot): string {
  return JSON.stringify(checkoutPayment(snapshot));
}
