/** A small HTTP client of our own API, for the commands that talk to a running Tillway. */
import { readClientConfig, type ClientConfig } from "../../config/client.ts";
import { processEnvironment } from "../../config/environment.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../../core/ports/http.ts";
import { createHttp } from "../../net/http.ts";
import { retryAfterMs } from "../../net/retry-after.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { UsageError } from "../explain.ts";
import { knownOperatorKey, operatorKeyFile, readTestKeys, testKeysFile, type TestKeys } from "../home.ts";

/** The answer of a charge waits for ten seconds; this is for a server that has fallen silent. */
const ANSWER_WAIT_MS = 30_000;
const CONNECT_WAIT_MS = 5_000;
/** A page of a hundred rows has less; what is longer is not ours. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;
const ERROR_MAX_BYTES = 64 * 1024;

export interface Request {
  readonly method: HttpRequest["method"];
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

export interface Api {
  readonly url: string;
  readonly homeDir: string;
  /** Of the key that it sends: no secret. */
  readonly keyId: string;
  /** The text of an answer that is 2xx. Throws `ApiRefusal`, or `NoTillway` if there is no answer. */
  send(request: Request): Promise<string>;
  /** The pieces of a long answer that is 2xx, no faster than they are taken. Throws the same, also while they come. */
  stream(path: string, signal: AbortSignal): AsyncIterable<Buffer>;
  /** Ends its connections; a process would wait for them. */
  close(): Promise<void>;
}

/** The members of an error's body that a command shows. */
export type ErrorBody = Readonly<
  Partial<Record<"code" | "message" | "param" | "decline_code" | "payment_id" | "request_id" | "doc_url", string>>
>;

/** The API's answer is an error. `message` is fit to be shown. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly status: number;
  readonly body: ErrorBody;
  /** From Retry-After; null if the answer has none. */
  readonly retryAfterMs: number | null;

  constructor(status: number, body: ErrorBody, retryAfterMs: number | null = null) {
    const why = body.decline_code === undefined ? "" : ` (${body.decline_code})`;
    const about = [body.param && `Field: ${body.param}.`, body.payment_id && `Payment: ${body.payment_id}.`];
    const where = [body.doc_url && `See ${body.doc_url}.`, body.request_id && `Request: ${body.request_id}.`];
    super([`${body.code ?? `HTTP ${status}`}${why}: ${body.message ?? "no message"}`, ...about, ...where].filter(Boolean).join(" "));
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }

  get exitCode(): ExitCode {
    if (this.status === 401 || this.status === 403) return exitCodes.denied[0];
    return this.status >= 500 ? exitCodes.unavailable[0] : exitCodes.failed[0];
  }
}

/** Nothing answers at the address, or what answers is no Tillway. */
export class NoTillway extends Error {
  override readonly name = "NoTillway";
  readonly exitCode = exitCodes.unavailable[0];
  /** The request may have reached it all the same. */
  readonly mayHaveArrived: boolean;
  constructor(message: string, mayHaveArrived = false) {
    super(message);
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * The API that the options, the environment or the home name, in this order, and the key in the same way.
 * Throws `UsageError` that says how to give what is missing, or `ConfigError`.
 */
export function openApi(options: { readonly url?: string; readonly asOperator?: boolean } = {}): Api {
  const config = readClientConfig(processEnvironment);
  const known = readTestKeys(config.homeDir);
  const url = webUrl(options.url) ?? config.url ?? known?.url ?? config.localUrl;
  const http = createHttp();
  const { keyId, headers } = options.asOperator ? operatorIn(config) : merchantIn(config, known);
  return {
    url,
    homeDir: config.homeDir,
    keyId,
    send: (request) => send(http, url, headers, request),
    stream: (path, signal) => streamed({ url, path, headers, signal }),
    close: () => http.close(),
  };
}

interface Credentials {
  readonly keyId: string;
  readonly headers: Readonly<Record<string, string>>;
}

function merchantIn(config: ClientConfig, known: TestKeys | null): Credentials {
  if ((config.key === null) !== (config.secret === null))
    throw new UsageError(
      `${config.key === null ? "TILLWAY_KEY" : "TILLWAY_SECRET"} is missing: set both, or none to use the test merchant's.`,
    );
  const keys = config.key === null ? known : { key: config.key, secret: config.secret! };
  if (keys === null)
    throw new UsageError(
      `no API key: set TILLWAY_KEY and TILLWAY_SECRET, or start Tillway with \`npm start\`, which keeps a test merchant's in ${testKeysFile(config.homeDir)}`,
    );
  return { keyId: keys.key, headers: { "x-api-key": keys.key, "x-api-secret": keys.secret } };
}

function operatorIn(config: ClientConfig): Credentials {
  const key = config.operatorKey ?? knownOperatorKey(config.homeDir);
  if (key === null)
    throw new UsageError(
      `no operator key: set TILLWAY_OPERATOR_KEY to that of the API, or start Tillway with \`npm start\`, which keeps one in ${operatorKeyFile(config.homeDir)}`,
    );
  return { keyId: "operator", headers: { authorization: `Bearer ${key}` } };
}

function webUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) throw new UsageError("--url takes an address such as http://127.0.0.1:8000");
  return text.replace(/\/+$/, "");
}

async function send(http: HttpPort, url: string, credentials: Credentials["headers"], request: Request): Promise<string> {
  const headers: Record<string, string> = { ...credentials, accept: "application/json" };
  if (request.body !== undefined) headers["content-type"] = "application/json";
  if (request.idempotencyKey !== undefined) headers["idempotency-key"] = request.idempotencyKey;
  const answer = await http.send({
    method: request.method,
    url: url + request.path,
    headers,
    body: request.body === undefined ? null : JSON.stringify(request.body),
    connectTimeoutMs: CONNECT_WAIT_MS,
    totalTimeoutMs: ANSWER_WAIT_MS,
    maxBytes: ANSWER_MAX_BYTES,
  });
  if (answer.kind !== "answer") throw nobody(url, answer);
  if (isDone(answer.status)) return answer.body;
  throw refusal(url, answer);
}

interface Wanted {
  readonly url: string;
  readonly path: string;
  readonly headers: Credentials["headers"];
  readonly signal: AbortSignal;
}

async function* streamed({ url, path, headers, signal }: Wanted): AsyncGenerator<Buffer> {
  const { download, reasonOf } = await import("../../net/download.ts");
  const answer = await download({ url: url + path, headers, silenceMs: ANSWER_WAIT_MS, signal }).catch((error: unknown) => {
    throw nobody(url, { kind: "not_sent", reason: reasonOf(error), durationMs: 0 });
  });
  if (!isDone(answer.status)) throw refusal(url, { ...answer, body: await textOf(answer.body) });
  try {
    yield* answer.body;
  } catch (error) {
    throw new NoTillway(`${url} broke off before the end (${reasonOf(error)}). What came is not the whole.`);
  }
}

/** Of an answer that is an error, and short: more of it is not read. */
async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    if ((bytes += chunk.length) > ERROR_MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isDone(status: number): boolean {
  return status >= 200 && status < 300;
}

type Refused = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

function refusal(url: string, { status, headers, body }: Refused): NoTillway | ApiRefusal {
  const told = errorOf(body);
  if (told === null && status < 500)
    return new NoTillway(`${url} answers with ${status}, and not as Tillway does. Check --url or TILLWAY_URL.`);
  return new ApiRefusal(status, withFullUrl(told ?? {}, url), retryAfterMs(headers, Date.now()));
}

function errorOf(text: string): ErrorBody | null {
  try {
    return ((JSON.parse(text) as { error?: ErrorBody }).error ?? null) as ErrorBody | null;
  } catch {
    return null;
  }
}

/** Outside of the API's own pages a path alone leads nowhere. */
function withFullUrl(body: ErrorBody, url: string): ErrorBody {
  return body.doc_url?.startsWith("/") ? { ...body, doc_url: url + body.doc_url } : body;
}

function nobody(url: string, { kind, reason }: Exclude<HttpResult, { kind: "answer" }>): NoTillway {
  if (kind === "not_sent")
    return new NoTillway(
      `no Tillway answers at ${url} (${reason}). Start it with \`npm start\`, or name another address by --url or TILLWAY_URL.`,
    );
  return new NoTillway(`${url} has not answered (${reason}); the request may have arrived.`, true);
}
