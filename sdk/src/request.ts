import { attempt, type Fetch, type Outgoing } from "./attempt.ts";
import { ResponseError } from "./errors.ts";
import { pagesOf, type Page, type Pages } from "./pages.ts";
import { isRepeated, retryDelay } from "./retry.ts";

/** Of one call; the client's settings hold where they are absent. */
export interface RequestOptions {
  /** Of your own, e.g. the order's number: then a repetition after a crash of your process is safe as well. Made by the client if absent. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** For each try. */
  readonly timeoutMs?: number;
  readonly maxRetries?: number;
  /** Called once with the answer that counts, be it yes or no. */
  readonly onResponse?: (response: ResponseInfo) => void;
}

/** About the answer to a call. */
export interface ResponseInfo {
  readonly status: number;
  /** Names the request in Tillway's logs. */
  readonly requestId: string | null;
  /** The key under which it was sent, if the route takes one. */
  readonly idempotencyKey: string | undefined;
  /** Whether the answer was stored by an earlier request with the same key. */
  readonly replayed: boolean;
  /** How often it was sent. */
  readonly tries: number;
  readonly headers: Headers;
}

/** One operation of the API, with the arguments of this call. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `{name}` for each of `params`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: object;
  /** Whether the route takes an `Idempotency-Key`. */
  readonly keyed?: boolean;
}

export interface Settings {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly fetch: Fetch;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly newKey: () => string;
}

/** What resources are made of. */
export interface Requester {
  readonly send: <T>(call: Call, options?: RequestOptions) => Promise<T>;
  readonly list: <T>(call: Call, options?: RequestOptions) => Pages<T>;
}

export function createRequester(settings: Settings): Requester {
  return {
    send: (call, options) => send(settings, call, options),
    list: <T>(call: Call, options?: RequestOptions) =>
      pagesOf<T>(call.query ?? {}, (query) => send<Page<T>>(settings, { ...call, query }, options)),
  };
}

async function send<T>(settings: Settings, call: Call, options: RequestOptions = {}): Promise<T> {
  const outgoing = prepare(settings, call, options);
  const maxRetries = within("maxRetries", options.maxRetries ?? settings.maxRetries, RETRIES);
  const isSafe = call.keyed === true || call.method === "GET" || call.method === "PUT" || call.method === "DELETE";
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt(settings.fetch, outgoing);
    if (!("error" in outcome)) {
      options.onResponse?.(infoOf(outcome.response, outgoing, tries));
      return outcome.json as T;
    }
    const { error, response } = outcome;
    const isRepeatable = error instanceof ResponseError ? isRepeated(error, isSafe) : isSafe;
    const wished = error instanceof ResponseError ? error.retryAfterMs : undefined;
    const delay = isRepeatable && tries <= maxRetries ? retryDelay(tries, wished, settings.random) : null;
    if (delay === null) {
      if (response !== undefined) options.onResponse?.(infoOf(response, outgoing, tries));
      throw error;
    }
    await settings.sleep(delay, options.signal);
  }
}

function prepare(settings: Settings, call: Call, options: RequestOptions): Outgoing {
  const idempotencyKey = call.keyed ? (options.idempotencyKey ?? settings.newKey()) : undefined;
  if (!call.keyed && options.idempotencyKey !== undefined)
    throw new TypeError(`${call.method} ${call.path} takes no idempotencyKey. Leave it out.`);
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  return {
    method: call.method,
    url: settings.baseUrl + fill(call) + search(call.query),
    headers: {
      ...settings.headers,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": checkedKey(idempotencyKey) }),
    },
    body,
    idempotencyKey,
    timeoutMs: within("timeoutMs", options.timeoutMs ?? settings.timeoutMs, TIMEOUT),
    signal: options.signal,
  };
}

/** An id that is empty or a dot would ask for something else than one row. */
function fill({ path, params = {} }: Call): string {
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const value: unknown = params[name];
    if (typeof value === "string" && value !== "" && value !== "." && value !== "..") return encodeURIComponent(value);
    throw new TypeError(`${name} must be a text that is not empty; it is ${JSON.stringify(value) ?? "undefined"}`);
  });
}

function search(query: object = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const pairs = given.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, textOf(one)]),
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

function checkedKey(key: unknown): string {
  if (typeof key === "string" && /^[ -~]{1,255}$/.test(key)) return key;
  throw new TypeError("idempotencyKey must be 1 to 255 printable ASCII characters");
}

/** More would repeat for minutes what does not get better by itself. */
export const RETRIES = { least: 0, most: 10 };
/** A longer timer than a day is none to wait for. */
export const TIMEOUT = { least: 1, most: 86_400_000 };

export function within(name: string, value: unknown, { least, most }: { least: number; most: number }): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}; it is ${String(value)}`);
}

function infoOf({ status, headers }: Response, { idempotencyKey }: Outgoing, tries: number): ResponseInfo {
  const replayed = headers.get("idempotent-replayed") === "true";
  return { status, requestId: headers.get("request-id"), idempotencyKey, replayed, tries, headers };
}
