/** HTTP out over undici. Decides between "no byte of the request left" and "it may have arrived", and never sends anything twice. */
import { Pool, type Dispatcher } from "undici";
import type { HttpPort, HttpRequest, HttpResult } from "../core/ports/http.ts";

export interface HttpAdapter extends HttpPort {
  /** Waits for no one: what is under way becomes unknown. */
  close(): Promise<void>;
}

export interface HttpOptions {
  /** Per origin. What finds no free connection waits within its own time limit. An open call costs memory, not a thread. */
  readonly connectionsMax?: number;
  /** The clock that `HttpRequest.notAfter` is measured by; this machine's where left out. */
  readonly now?: () => number;
  /** Trusted besides the system's certificate authorities: PEM. */
  readonly ca?: string;
}

const CONNECTIONS_MAX = 2_048;
/** Shorter than what servers and load balancers usually allow, so that we rarely write to a socket they have just closed. */
const KEEP_ALIVE_MS = 4_000;

/** Failures before any byte of a request left. Source: Node's and OpenSSL's names; everything else may have left. */
const notSentCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_CHAIN_TOO_LONG",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "HOSTNAME_MISMATCH",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** One pool per origin and connect limit. */
export function createHttp(options: HttpOptions = {}): HttpAdapter {
  const pools = new Map<string, Pool>();
  const now = options.now ?? Date.now;

  function poolFor(origin: string, connectTimeoutMs: number): Pool {
    const key = `${origin} ${connectTimeoutMs}`;
    let pool = pools.get(key);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: options.connectionsMax ?? CONNECTIONS_MAX,
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_MS,
        // Our own limit covers the whole exchange; two more would only hide which one fired.
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: { timeout: connectTimeoutMs, ca: options.ca },
      });
      pools.set(key, pool);
    }
    return pool;
  }

  return {
    send(request) {
      if (!URL.canParse(request.url)) return Promise.resolve({ kind: "not_sent", reason: "invalid URL", durationMs: 0 });
      const { origin, pathname, search } = new URL(request.url);
      return exchange(poolFor(origin, request.connectTimeoutMs), { request, path: pathname + search, now });
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

interface Sending {
  readonly request: HttpRequest;
  readonly path: string;
  readonly now: () => number;
}

function exchange(pool: Pool, { request, path, now }: Sending): Promise<HttpResult> {
  return new Promise((resolve) => {
    const call = new Exchange(request, now, resolve);
    try {
      pool.dispatch({ path, method: request.method, headers: request.headers, body: request.body }, call);
    } catch (error) {
      call.onResponseError(null, error as Error);
    }
  });
}

/** One request from dispatch to its only result. A plain handler instead of streams: this is the hot path. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #now: () => number;
  readonly #resolve: (result: HttpResult) => void;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #over = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(request: HttpRequest, now: () => number, resolve: (result: HttpResult) => void) {
    this.#request = request;
    this.#now = now;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#timedOut(), request.totalTimeoutMs);
  }

  /** Called right before the first byte is written; an abort here keeps it from being written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) return controller.abort(new Error("given up while waiting for a connection"));
    // A second start would be the agent's own retry: it may not happen, whatever the method.
    if (this.#controller !== null) {
      this.#finish({ kind: "unknown", reason: "the agent tried to send it again", durationMs: this.#elapsed() });
      return controller.abort(new Error("sent once already"));
    }
    if (this.#isTooLate()) {
      this.#finish({ kind: "not_sent", reason: "too late to send", durationMs: this.#elapsed() });
      return controller.abort(new Error("too late to send"));
    }
    this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
    }
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#request.maxBytes) this.#stop("answer too large");
    else if (!this.#over) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = (this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)).toString("utf8");
    this.#finish({ kind: "answer", status: this.#status, headers: this.#headers, body, durationMs: this.#elapsed() });
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    const code = codeOf(error);
    const kind = this.#controller === null && provesNothingLeft(error) ? "not_sent" : "unknown";
    this.#finish({ kind, reason: code, durationMs: this.#elapsed() });
  }

  #timedOut(): void {
    if (this.#controller !== null) return this.#stop("timeout");
    // It never got a connection; onRequestStart keeps it from ever being written.
    this.#finish({ kind: "not_sent", reason: "timeout before it was sent", durationMs: this.#elapsed() });
  }

  #stop(reason: string): void {
    this.#finish({ kind: "unknown", reason, durationMs: this.#elapsed() });
    this.#controller?.abort(new Error(reason));
  }

  #finish(result: HttpResult): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#chunks = [];
    this.#resolve(result);
  }

  /** This process may have been stopped, or the request may have waited for a connection, since it was decided. */
  #isTooLate(): boolean {
    const { notAfter } = this.#request;
    return notAfter !== null && notAfter !== undefined && this.#now() > notAfter;
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}

/** With several addresses each must have failed in such a way. An argument that undici refuses never left either. */
function provesNothingLeft(error: Error): boolean {
  const causes: readonly unknown[] = error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
  return causes.every((cause) => {
    const code = codeOf(cause);
    return notSentCodes.has(code) || code === "UND_ERR_INVALID_ARG" || (code === "ETIMEDOUT" && syscallOf(cause) === "connect");
  });
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return typeof code === "string" ? code : error instanceof Error ? error.name : "unknown error";
}

function syscallOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "syscall" in error ? error.syscall : null;
}
