import type { LookupFunction } from "node:net";
import { Pool } from "undici";
import { Exchange } from "./exchange.ts";
import type { ExchangeResult } from "./exchange.ts";

export interface PoolLimits {
  readonly connectTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** How often deadlines and idle pools are looked at. */
  readonly sweepMs: number;
  /** A pool without work for this long is closed. */
  readonly idleMs: number;
}

export interface Post {
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Connections at once to one origin: as many as one endpoint's deliveries may be under way in a process. */
export const CONNECTIONS_PER_ORIGIN = 32;
/** A connection is given up after this long, so that a busy one also follows a changed name, and is judged again by the guard. */
const CONNECTION_LIFETIME_MS = 60_000;

interface OriginPool {
  readonly pool: Pool;
  active: number;
  idleSinceMs: number;
}

/**
 * Bounded keep-alive connections per origin. One timer watches over all deadlines: a timer and a signal per request cost a fifth of
 * the rate. It runs only while there is something to watch.
 */
export class WebhookPools {
  readonly #lookup: LookupFunction;
  readonly #limits: PoolLimits;
  readonly #pools = new Map<string, OriginPool>();
  /** In order of their deadlines, because each gets the same time. */
  readonly #underWay = new Set<Exchange>();
  #sweeper: NodeJS.Timeout | null = null;

  constructor(lookup: LookupFunction, limits: PoolLimits) {
    this.#lookup = lookup;
    this.#limits = limits;
  }

  get size(): number {
    return this.#pools.size;
  }

  /** Resolves with the answer's status and first bytes, or with a failure. Rejects only where no request can be made of it. */
  post(request: Post): Promise<ExchangeResult> {
    return new Promise((resolve) => {
      const origin = this.#originPool(request.url.origin);
      origin.active += 1;
      const exchange = new Exchange(performance.now() + this.#limits.totalTimeoutMs, (result) => {
        this.#underWay.delete(exchange);
        origin.active -= 1;
        origin.idleSinceMs = performance.now();
        resolve(result);
      });
      this.#underWay.add(exchange);
      this.#dispatch(origin.pool, request, exchange);
    });
  }

  /** Cuts what is under way and closes all connections. */
  async close(): Promise<void> {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#sweeper = null;
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }

  #dispatch(pool: Pool, request: Post, exchange: Exchange): void {
    const { url, headers, body } = request;
    try {
      pool.dispatch({ path: url.pathname + url.search, method: "POST", headers, body }, exchange);
    } catch (error) {
      exchange.onResponseError(null as never, error as Error);
    }
  }

  #originPool(origin: string): OriginPool {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, {
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      clientTtl: CONNECTION_LIFETIME_MS,
      connect: { timeout: this.#limits.connectTimeoutMs, lookup: this.#lookup },
      // The sweep is the only clock: it bounds the whole exchange, which undici's own two limits do not.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const made: OriginPool = { pool, active: 0, idleSinceMs: performance.now() };
    this.#pools.set(origin, made);
    this.#sweeper ??= setInterval(() => this.#sweep(performance.now()), this.#limits.sweepMs).unref();
    return made;
  }

  #sweep(nowMs: number): void {
    for (const exchange of this.#underWay) {
      if (exchange.deadlineMs > nowMs) break;
      exchange.expire();
    }
    for (const [origin, { pool, active, idleSinceMs }] of this.#pools) {
      if (active > 0 || nowMs - idleSinceMs < this.#limits.idleMs) continue;
      this.#pools.delete(origin);
      void pool.destroy();
    }
    if (this.#pools.size > 0 || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  }
}
