/** One request to our own listener, for the merchant and mode that the address names. Nothing else of the page calls fetch. */
import type { ErrorObject } from "@tillway/sdk";
import { isUnattended } from "./attended.ts";

/** Whose data, and which mode's: the first two parts of the page's address. */
export interface Scope {
  readonly merchant: string;
  readonly mode: "test" | "live";
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From `/v1` on; ids in it are made safe by `path`. */
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: unknown;
  /** Null: a request that is about no merchant, such as signing in. */
  readonly scope: Scope | null;
  readonly idempotencyKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What the API refused, or that it could not be asked. */
export class ApiError extends Error {
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly requestId: string | null;
  readonly docUrl: string | null;
  /** Seconds to wait, if it said so. */
  readonly retryAfterS: number | null;
  constructor(status: number, error: Partial<ErrorObject["error"]> & { message: string }, retryAfterS: number | null = null) {
    super(error.message);
    this.name = "ApiError";
    this.status = status;
    this.code = error.code ?? (status === 0 ? "no_answer" : "unexpected_answer");
    this.param = error.param ?? null;
    this.requestId = error.request_id ?? null;
    this.docUrl = error.doc_url ?? null;
    this.retryAfterS = retryAfterS;
  }
}

/** Shown by `GET /v1/session`; without it the listener takes no request that changes something. */
let csrfToken: string | null = null;
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** A path with ids in it: `` path`/v1/payments/${id}` ``. */
export function path(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return parts.reduce((made, part, at) => made + encodeURIComponent(ids[at - 1] ?? "") + part);
}

/** Sends it and gives what was answered. Throws an ApiError. */
export async function call<T>(what: Call): Promise<T> {
  let response = (await takeEarly(what)) ?? (await send(what, "application/json"));
  if (response.status === 403 && (await isCured(response.clone()))) response = await send(what, "application/json");
  const text = await response.text().catch(() => "");
  const json: unknown = parsed(text);
  if (!response.ok) throw refusal(response, json);
  return json as T;
}

/** Answers to requests that were sent before the code was there that reads them. Each is taken once, and soon, or not at all. */
const early = new Map<string, { readonly answer: Promise<Response | null>; readonly until: number; json?: unknown }>();
/** On a very slow line the code takes so long. What is asked first keeps them right: see `last-event.ts`. */
const EARLY_MS = 60_000;

type Early = Pick<Call, "path" | "query" | "scope">;

/** Begins to read what the page at this address will ask for at once. */
export function readEarly(what: Early): void {
  // One that gets no answer is sent again when it is asked for.
  const answer = send(what, "application/json").catch(() => null);
  const entry: { answer: typeof answer; until: number; json?: unknown } = { answer, until: performance.now() + EARLY_MS };
  early.set(earlyKey(what), entry);
  // One that breaks off is asked for again, as above.
  void answer
    .then(async (response) => {
      if (response?.ok === true) entry.json = parsed(await response.clone().text());
    })
    .catch(() => undefined);
}

/** The answer to what was read early, if it has come: the page begins with it, instead of with waiting. */
export function earlyAnswer<T>(what: Early): T | undefined {
  if (early.size === 0) return undefined;
  const found = early.get(earlyKey(what));
  if (found?.json === undefined || found.until < performance.now()) return undefined;
  early.delete(earlyKey(what));
  return found.json as T;
}

/** What was read for whoever was signed in before. */
export function forgetEarly(): void {
  early.clear();
}

function takeEarly(what: Call): Promise<Response | null> | null {
  if (early.size === 0 || (what.method ?? "GET") !== "GET") return null;
  const key = earlyKey(what);
  const found = early.get(key);
  early.delete(key);
  return found === undefined || found.until < performance.now() ? null : found.answer;
}

const earlyKey = ({ path, query, scope }: Early) => `${scope?.merchant} ${scope?.mode} ${addressOf(path, query)}`;

/** Whether a request that was refused, and so did nothing yet, may be sent once more. */
async function isCured(refused: Response): Promise<boolean> {
  const { error } = (await refused.json().catch(() => ({}))) as { error?: { code?: string } };
  if (error?.code === "csrf_token_wrong") return isTokenRenewed();
  return error?.code === "confirmation_required" && isStillThem();
}

/** Who asks the person; what several requests wait for at once is asked once. */
let askPerson: (() => Promise<boolean>) | null = null;
let asked: Promise<boolean> | null = null;
export function onConfirmationNeeded(ask: () => Promise<boolean>): () => void {
  askPerson = ask;
  return () => void (askPerson = null);
}

function isStillThem(): Promise<boolean> {
  asked ??= (askPerson?.() ?? Promise.resolve(false)).finally(() => void (asked = null));
  return asked;
}

/** The session was renewed in another tab, e.g. by a second factor: its token is another one. */
async function isTokenRenewed(): Promise<boolean> {
  const answer = await send({ path: "/v1/session", scope: null }, "application/json");
  const token = answer.ok ? ((await answer.json()) as { csrf_token: string }).csrf_token : null;
  const isNew = token !== null && token !== csrfToken;
  if (isNew) setCsrfToken(token);
  return isNew;
}

/** For an answer that is read as it comes, such as a stream of events or a CSV. Throws an ApiError. */
export async function callRaw(what: Call, accept: string): Promise<Response> {
  const response = await send(what, accept);
  if (!response.ok) throw refusal(response, parsed(await response.text().catch(() => "")));
  return response;
}

/** The address with its query; members that are undefined or empty are left out. */
export function addressOf(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

async function send(
  { method = "GET", path, query, body, scope, idempotencyKey, headers, signal }: Call,
  accept: string,
): Promise<Response> {
  try {
    return await fetch(addressOf(path, query), {
      method,
      credentials: "same-origin",
      cache: "no-store",
      signal: signal ?? null,
      body: body === undefined ? null : JSON.stringify(body),
      headers: {
        ...headers,
        accept,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(scope === null ? {} : { "tillway-merchant": scope.merchant, "tillway-mode": scope.mode }),
        ...(method === "GET" && isUnattended() ? { "tillway-unattended": "1" } : {}),
        ...(method !== "GET" && csrfToken !== null ? { "x-csrf-token": csrfToken } : {}),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, { message: "No answer from Tillway. Check your connection, and that it runs." });
  }
}

function refusal(response: Response, json: unknown): ApiError {
  const error = (json as Partial<ErrorObject> | null)?.error;
  const wait = Number(response.headers.get("retry-after"));
  const id = response.headers.get("request-id");
  return new ApiError(
    response.status,
    { ...(id === null ? {} : { request_id: id }), ...(error ?? { message: `The answer was ${response.status} and said no more.` }) },
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

function parsed(text: string): unknown {
  try {
    return text === "" ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
