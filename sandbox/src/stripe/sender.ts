/** Sends the webhooks that are owed, and wakes what happens by itself. */
import type { Clock, HttpPort, Ms } from "../ports.ts";
import { WEBHOOK_RETRY_GAPS_MS } from "../sender.ts";
import { type Delivery, STRIPE_SIGNATURE_HEADER, stripeSignature } from "./events.ts";

/** At most so many at once. */
const SENDS_MAX = 16;
/** More than these are given up, oldest first: nobody takes them. */
const OWED_MAX = 10_000;
const IDLE_MS = 60_000;

export interface StripeSender {
  owe(deliveries: readonly Delivery[]): void;
  /** What is held leaves now. */
  release(): void;
  readonly owed: Delivery[];
  stop(): Promise<void>;
}

export interface StripeSenderDeps {
  readonly clock: Clock;
  readonly http: HttpPort | null;
  /** The body of a webhook, as of now. */
  readonly bodyOf: (delivery: Delivery) => string;
  /** Lets happen what is due. @returns when the next thing is; this is called again then */
  readonly catchUp: () => Ms | null;
}

/** Starts at once, and runs until it is stopped. Without `http` everything stays owed, and nothing runs. */
export function startStripeSender(deps: StripeSenderDeps): StripeSender {
  const post: Post = { owed: [], sending: new Map(), nap: new AbortController(), stopped: false };
  const { owed } = post;
  const running = deps.http === null ? Promise.resolve() : run(deps, deps.http, post);
  return {
    owed,
    owe(deliveries) {
      owed.push(...deliveries);
      owed.splice(0, Math.max(0, owed.length - OWED_MAX));
      post.nap.abort();
    },
    release() {
      for (const delivery of owed) if (delivery.dueAt === Infinity) delivery.dueAt = deps.clock.now();
      post.nap.abort();
    },
    stop() {
      post.stopped = true;
      post.nap.abort();
      return running;
    },
  };
}

interface Post {
  readonly owed: Delivery[];
  readonly sending: Map<Delivery, Promise<void>>;
  nap: AbortController;
  stopped: boolean;
}

async function run(deps: StripeSenderDeps, http: HttpPort, post: Post): Promise<void> {
  const { clock } = deps;
  while (!post.stopped) {
    post.nap = new AbortController();
    const wakeAt = Math.min(deps.catchUp() ?? Infinity, startDue(deps, http, post));
    await clock.sleep(Math.max(1, Math.min(IDLE_MS, wakeAt - clock.now())), post.nap.signal);
  }
  await Promise.all(post.sending.values());
}

/** Starts what is due. @returns when the next one is; the end of a sending wakes as well */
function startDue(deps: StripeSenderDeps, http: HttpPort, post: Post): Ms {
  let wakeAt = Infinity;
  for (const delivery of post.owed) {
    if (post.sending.has(delivery)) continue;
    if (delivery.dueAt > deps.clock.now()) wakeAt = Math.min(wakeAt, delivery.dueAt);
    else if (post.sending.size < SENDS_MAX) post.sending.set(delivery, sendOne(deps, http, post, delivery));
  }
  return wakeAt;
}

/** One try. What nobody took is owed again, until the gaps are used up. */
async function sendOne({ clock, bodyOf }: StripeSenderDeps, http: HttpPort, post: Post, delivery: Delivery): Promise<void> {
  const { endpoint, event } = delivery;
  const body = bodyOf(delivery);
  const signature = stripeSignature(endpoint.secrets, body, clock.now());
  const headers = { "content-type": "application/json; charset=utf-8", [STRIPE_SIGNATURE_HEADER]: signature };
  const limits = { connectTimeoutMs: 2_000, totalTimeoutMs: 10_000, maxBytes: 65_536 };
  const result = await http.send({ method: "POST", url: endpoint.url, headers, body, ...limits });
  const isTaken = result.kind === "answer" && result.status >= 200 && result.status < 300;
  if (isTaken) event.pending = Math.max(0, event.pending - 1);
  const gap = WEBHOOK_RETRY_GAPS_MS[delivery.tries];
  delivery.tries += 1;
  post.sending.delete(delivery);
  const at = post.owed.indexOf(delivery);
  if (isTaken || gap === undefined) post.owed.splice(at, at === -1 ? 0 : 1);
  else delivery.dueAt = clock.now() + gap;
  post.nap.abort();
}
