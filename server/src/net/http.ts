/**
 * HTTP out: every request of this program, to gateways and to receivers of webhooks. It decides between "no byte of the request
 * left" and "it may have arrived", and never sends anything twice.
 */
import { codeOf } from "../core/errors.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../core/ports/http.ts";
import { Connection, Exchange } from "./connection.ts";
import { dial, type DialOptions } from "./dial.ts";

export interface HttpAdapter extends HttpPort {
  /** Waits for nothing: requests under way become unknown. */
  close(): Promise<void>;
}

export interface HttpOptions extends DialOptions {
  /** Per origin and pool. A request without a free connection waits within its own time limit. An open call costs memory, not a thread. */
  readonly connectionsMax?: number;
  /** A connection without a request is closed after this. */
  readonly idleMs?: number;
  /** The clock that `HttpRequest.notAfter` is measured by; this machine's if left out. */
  readonly now?: () => number;
}

const CONNECTIONS_MAX = 2_048;
/** Shorter than the limits of most servers and load balancers, so we rarely write to a socket that they have just closed. */
const IDLE_MS = 4_000;
/** The characters that a header may hold. */
const FIELD_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;

export function createHttp(options: HttpOptions = {}): HttpAdapter {
  const origins = new Map<string, Origin>();
  return {
    send(request) {
      const url = URL.canParse(request.url) ? new URL(request.url) : null;
      const text = url && textOf(request, url);
      if (url === null || text === null)
        return Promise.resolve({ kind: "not_sent", reason: url ? "invalid header" : "invalid URL", durationMs: 0 });
      // No origin has a space.
      const name = `${url.origin} ${request.pool ?? ""}`;
      let origin = origins.get(name);
      if (origin === undefined) {
        // A closed one that empties later leaves its successor in place.
        const opened = new Origin(url, options, () => origins.get(name) === opened && origins.delete(name));
        origins.set(name, (origin = opened));
      }
      return origin.send(request, text);
    },
    async close() {
      for (const origin of origins.values()) origin.close();
      origins.clear();
    },
  };
}

/** Null if a header could not be sent as it is. */
function textOf({ method, headers, body }: HttpRequest, url: URL): string | null {
  let text = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) return null;
    text += `${name}: ${value}\r\n`;
  }
  if (body !== null || method === "POST") text += `content-length: ${Buffer.byteLength(body ?? "")}\r\n`;
  return `${text}\r\n${body ?? ""}`;
}

/** The connections of one pool to one origin, and the exchanges that wait for one. */
class Origin {
  readonly #url: URL;
  readonly #options: HttpOptions;
  readonly #emptied: () => void;
  readonly #idle: Connection[] = [];
  readonly #waiting: Exchange[] = [];
  readonly #dialing = new Set<Exchange>();
  readonly #connections = new Set<Connection>();
  readonly idleMs: number;
  #isClosed = false;

  constructor(url: URL, options: HttpOptions, emptied: () => void) {
    this.#url = url;
    this.#options = options;
    this.idleMs = options.idleMs ?? IDLE_MS;
    this.#emptied = emptied;
  }

  send(request: HttpRequest, text: string): Promise<HttpResult> {
    return new Promise((resolve) => {
      const exchange = new Exchange(request, text, this.#options.now ?? Date.now, resolve);
      if (!this.#serve(exchange)) this.#waiting.push(exchange);
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const exchange of [...this.#waiting, ...this.#dialing]) exchange.fail("closed");
    for (const connection of this.#connections) connection.end("closed");
  }

  async #dial(exchange: Exchange): Promise<void> {
    this.#dialing.add(exchange);
    const socket = await dial(this.#url, exchange.request.connectTimeoutMs, this.#options).catch((error: unknown) => {
      exchange.fail(codeOf(error) || "network");
      return null;
    });
    this.#dialing.delete(exchange);
    if (socket === null) return this.#next();
    if (this.#isClosed) return void socket.destroy();
    const connection = new Connection(socket, this);
    this.#connections.add(connection);
    connection.carry(exchange);
  }

  freed(connection: Connection): void {
    this.#idle.push(connection);
    this.#next();
  }

  gone(connection: Connection, unsent: Exchange | null): void {
    this.#connections.delete(connection);
    const place = this.#idle.indexOf(connection);
    if (place >= 0) this.#idle.splice(place, 1);
    if (unsent && this.#isClosed) unsent.fail("closed");
    else if (unsent) this.#waiting.unshift(unsent);
    this.#next();
  }

  /** On an idle connection or on a new one. False: all are busy. */
  #serve(exchange: Exchange): boolean {
    const idle = this.#idle.pop();
    if (idle) idle.carry(exchange);
    else if (this.#connections.size + this.#dialing.size < (this.#options.connectionsMax ?? CONNECTIONS_MAX)) void this.#dial(exchange);
    else return false;
    return true;
  }

  /** A connection or a place for one is free: the exchange that has waited longest gets it. */
  #next(): void {
    for (let exchange = this.#waiting.shift(); exchange !== undefined; exchange = this.#waiting.shift()) {
      if (exchange.mayLeave() && !this.#serve(exchange)) return void this.#waiting.unshift(exchange);
    }
    if (this.#connections.size + this.#dialing.size === 0) this.#emptied();
  }
}
