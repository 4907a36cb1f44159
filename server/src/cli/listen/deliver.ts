/** Sends events to the forwards: in order per payment, each until its receiver says yes. */
import { WEBHOOK_CONNECT_TIMEOUT_MS, WEBHOOK_RESPONSE_KEPT_BYTES, WEBHOOK_TOTAL_TIMEOUT_MS } from "../../core/constants.ts";
import type { HttpPort, HttpResult } from "../../core/ports/http.ts";
import { signatureHeaders } from "../../deliveries/webhook/sign.ts";
import { retryAfterMs } from "../../net/retry-after.ts";
import type { Event } from "./feed.ts";
import { isWanted, type Forward } from "./forwards.ts";
import { backoffMs, Gate } from "./gate.ts";
import type { ListenState } from "./state.ts";

/** What became of one try. */
export interface Told {
  readonly result: "delivered" | "retrying" | "given_up";
  readonly event: Event;
  readonly url: string;
  readonly try: number;
  readonly status: number | null;
  /** Why there was no answer. */
  readonly error: string | null;
  readonly duration_ms: number;
}

export interface DeliverDeps {
  readonly http: HttpPort;
  readonly state: ListenState;
  readonly forwards: readonly Forward[];
  readonly secret: string;
  readonly userAgent: string;
  /** Ends early when the command is stopped. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopped: () => boolean;
  readonly told: (told: Told) => void;
}

/** Events that are read and not done. If a receiver keeps all of them waiting, no more are read. */
const WINDOW_EVENTS = 1_000;
/** Requests to one forward at once: as a developer's server likes it. */
const AT_ONCE = 8;
/** A receiver that answers an event with no so often, over some four minutes, means it. One that does not answer is waited for. */
const TRIES_MAX = 50;

interface Place {
  readonly event: Event;
  readonly waits: Set<string>;
}

/** Takes pages in order and hands each event to the forwards that want it. */
export class Deliverer {
  readonly #deps: DeliverDeps;
  readonly #lanes: ReadonlyMap<string, Lane>;
  /** In the order of their commits. The cursor passes those at the front that are done. */
  readonly #window: Place[] = [];
  readonly #tails = new Map<string, Promise<void>>();
  #room: (() => void)[] = [];
  #failure: Error | null = null;

  constructor(deps: DeliverDeps) {
    this.#deps = deps;
    this.#lanes = new Map(deps.forwards.map(({ url }) => [url, new Lane(deps)]));
  }

  /** Waits while the window is full. Throws if the state cannot be written. */
  async take(events: readonly Event[]): Promise<void> {
    for (const event of events) {
      while (this.#window.length >= WINDOW_EVENTS && !this.#deps.isStopped() && !this.#failure)
        await new Promise<void>((resolve) => this.#room.push(resolve));
      if (this.#failure) throw this.#failure;
      if (this.#deps.isStopped()) return;
      const urls = this.#deps.forwards.filter((forward) => isWanted(forward, event.type)).map(({ url }) => url);
      const place = { event, waits: new Set(urls.filter((url) => !this.#deps.state.isDone(event.id, url))) };
      this.#window.push(place);
      for (const url of place.waits) this.#follow(url, place);
    }
    await this.#pass();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.#leave();
    for (const lane of this.#lanes.values()) lane.leave();
    await Promise.all(this.#tails.values());
  }

  /** Behind the event of the same payment before it. */
  #follow(url: string, place: Place): void {
    const key = `${url} ${subjectOf(place.event)}`;
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine: Promise<void> = before
      .then(() => this.#work(url, place))
      .catch((error: unknown) => this.#fail(error as Error))
      .finally(() => this.#tails.get(key) === mine && this.#tails.delete(key));
    this.#tails.set(key, mine);
  }

  async #work(url: string, { event, waits }: Place): Promise<void> {
    const told = await this.#lanes.get(url)!.deliver(url, event);
    if (told === null) return;
    // On the disk before anybody is told.
    await this.#deps.state.done(event.id, url);
    this.#deps.told(told);
    waits.delete(url);
    await this.#pass();
  }

  async #pass(): Promise<void> {
    const count = this.#window.findIndex(({ waits }) => waits.size > 0);
    const passed = this.#window.splice(0, count < 0 ? this.#window.length : count);
    if (passed.length === 0) return;
    await this.#deps.state.pass(passed.map(({ event }) => event.id));
    this.#leave();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#leave();
  }

  #leave(): void {
    for (const go of this.#room.splice(0)) go();
  }
}

/** The requests to one address. */
class Lane {
  readonly #deps: DeliverDeps;
  readonly #gate: Gate;
  readonly #queue: (() => void)[] = [];
  #free = AT_ONCE;

  constructor(deps: DeliverDeps) {
    this.#deps = deps;
    this.#gate = new Gate(deps.sleep);
  }

  /** What became of it in the end; null if the command was stopped before. */
  async deliver(url: string, event: Event): Promise<Told | null> {
    for (let tries = 1, refusals = 0; ; tries++) {
      const answer = await this.#send(url, event);
      if (answer === null) return null;
      const told = { event, url, try: tries, duration_ms: Math.round(answer.durationMs) };
      const status = answer.kind === "answer" ? answer.status : null;
      if (status !== null && status >= 200 && status < 300) return { ...told, result: "delivered", status, error: null };
      const error = answer.kind === "answer" ? null : answer.reason;
      // A request that never left is nobody's no.
      if (answer.kind !== "not_sent" && ++refusals >= TRIES_MAX) return { ...told, result: "given_up", status, error };
      this.#deps.told({ ...told, result: "retrying", status, error });
      const asked = answer.kind === "answer" ? (retryAfterMs(answer.headers, Date.now()) ?? 0) : 0;
      if (answer.kind !== "not_sent") await this.#deps.sleep(Math.max(backoffMs(refusals - 1), asked));
    }
  }

  leave(): void {
    this.#gate.answered();
    for (const enter of this.#queue.splice(0)) enter();
  }

  async #send(url: string, event: Event): Promise<HttpResult | null> {
    if (!this.#deps.isStopped()) await this.#gate.enter();
    await this.#enter();
    try {
      if (this.#deps.isStopped()) return null;
      const answer = await this.#deps.http.send(this.#request(url, event));
      // One that hangs is judged by its own tries: the next event may fare better.
      if (answer.kind === "answer" || answer.reason.startsWith("timeout")) this.#gate.answered();
      else if (!this.#deps.isStopped()) this.#gate.failed();
      return answer;
    } finally {
      this.#exit();
    }
  }

  /** The request that a webhook endpoint with this secret would get. */
  #request(url: string, event: Event) {
    const { secret, userAgent } = this.#deps;
    const body = JSON.stringify(event);
    const endpoint = { secret, previousSecret: null, previousSecretUntil: null };
    return {
      method: "POST" as const,
      url,
      headers: {
        "content-type": "application/json",
        "user-agent": userAgent,
        ...signatureHeaders({ eventId: event.id, body, now: Date.now(), endpoint }),
      },
      body,
      connectTimeoutMs: WEBHOOK_CONNECT_TIMEOUT_MS,
      totalTimeoutMs: WEBHOOK_TOTAL_TIMEOUT_MS,
      maxBytes: WEBHOOK_RESPONSE_KEPT_BYTES,
      statusSuffices: true,
    };
  }

  #enter(): Promise<void> {
    if (this.#free > 0) return Promise.resolve(void this.#free--);
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  /** The place goes to the next in the queue, if there is one. */
  #exit(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#free++;
  }
}

/** Events of one payment follow each other; a refund's belong to its payment. */
function subjectOf({ id, data }: Event): string {
  const { payment_id: payment, id: own } = data as { payment_id?: unknown; id?: unknown };
  return typeof payment === "string" ? payment : typeof own === "string" ? own : id;
}
