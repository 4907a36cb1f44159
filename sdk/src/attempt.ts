import { ConnectionError, responseError, TimeoutError, type ErrorBody, type ResponseError } from "./errors.ts";
import { readRetryAfter } from "./retry.ts";

/** A page of a hundred payments with all that belongs to them has less than a tenth of this. */
const ANSWER_MAX_BYTES = 16 << 20;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A request as it goes out, at each try the same. */
export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export type Answered = { readonly response: Response; readonly json: unknown };
export type Failed = { readonly error: ResponseError | ConnectionError; readonly response?: Response };

/** Sends once. Returns what went wrong; throws only the reason of the caller's signal. */
export async function attempt(fetch: Fetch, outgoing: Outgoing): Promise<Answered | Failed> {
  const { signal, timeoutMs } = outgoing;
  signal?.throwIfAborted();
  const controller = new AbortController();
  let late = false;
  const abort = (): void => controller.abort(signal?.reason);
  // Not AbortSignal.any: it leaks with a signal that lives as long as the process.
  signal?.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeoutMs);
  try {
    const { method, url, headers, body } = outgoing;
    const response = await fetch(url, { method, headers, body, redirect: "manual", signal: controller.signal });
    return read(outgoing, response, await textOf(response));
  } catch (cause) {
    signal?.throwIfAborted();
    return { error: late ? tooLate(outgoing, cause) : lost(outgoing, cause) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function read(outgoing: Outgoing, response: Response, text: string): Answered | Failed {
  const { status, headers } = response;
  const json = parse(text);
  if (status >= 200 && status < 300) {
    if (json !== undefined) return { response, json };
    if (status === 204 || text === "") return { response, json: null };
    return { response, error: garbled(outgoing, status) };
  }
  const body = errorOf(json);
  const retryAfterMs = readRetryAfter(headers.get("retry-after"), Date.now());
  const context = { status, idempotencyKey: outgoing.idempotencyKey, retryAfterMs };
  if (body === null) return { response, error: responseError(foreign(outgoing, response), context) };
  return { response, error: responseError({ ...body, doc_url: absolute(body.doc_url, outgoing.url) }, context) };
}

/** Reads at most so much: a body without end must not fill the memory of a shop. */
async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return response.text();
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > ANSWER_MAX_BYTES) {
      await reader.cancel();
      throw new Error(`the answer is larger than ${ANSWER_MAX_BYTES >> 20} MiB`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(json: unknown): ErrorBody | null {
  const error = (json as { error?: Partial<ErrorBody> } | null | undefined)?.error;
  const isOurs = typeof error?.type === "string" && typeof error.code === "string" && typeof error.message === "string";
  return isOurs ? (error as ErrorBody) : null;
}

function absolute(docUrl: string | undefined, url: string): string | undefined {
  return docUrl === undefined || !URL.canParse(docUrl, url) ? docUrl : new URL(docUrl, url).href;
}

/** A proxy's page, a redirect, another server: no error of Tillway's. */
function foreign({ method, url }: Outgoing, { status, headers }: Response): ErrorBody {
  const to = headers.get("location");
  const message =
    to !== null && status < 400
      ? `${method} ${url} was redirected to ${to}, and redirects are not followed. Set baseUrl to the address of Tillway itself.`
      : `${method} ${url} was answered with status ${status} and without an error of Tillway. Check baseUrl and what stands in between.`;
  const type = status >= 500 ? "api_error" : status === 429 ? "rate_limit_error" : "invalid_request_error";
  return { type, code: "unexpected_answer", message, request_id: headers.get("request-id") ?? undefined };
}

function garbled({ method, url, idempotencyKey }: Outgoing, status: number): ConnectionError {
  const message = `${method} ${url} was answered with status ${status} and no JSON. Check baseUrl and what stands in between.`;
  return new ConnectionError("unexpected_answer", message, { idempotencyKey });
}

function tooLate({ method, url, timeoutMs, idempotencyKey }: Outgoing, cause: unknown): TimeoutError {
  return new TimeoutError("timeout", `${method} ${url}: no answer within ${timeoutMs} ms. ${advice(method)}`, { idempotencyKey, cause });
}

function lost({ method, url, idempotencyKey }: Outgoing, cause: unknown): ConnectionError {
  return new ConnectionError("connection_failed", `${method} ${url}: ${reasonOf(cause)}. ${advice(method)}`, { idempotencyKey, cause });
}

function advice(method: string): string {
  if (method === "GET") return "Try again.";
  return "Whether it was done is not known: send the same again with this error's idempotencyKey.";
}

/** `fetch failed` hides what happened one level below. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: unknown; message?: unknown } | undefined) : undefined;
  if (typeof cause?.code === "string") return cause.code;
  if (typeof cause?.message === "string" && cause.message !== "") return cause.message;
  return error instanceof Error ? error.message : String(error);
}
