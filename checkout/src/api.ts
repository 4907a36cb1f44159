/** The checkout's routes. Everything that is no answer of theirs is `Away`: nobody knows then what became of the request. */
import type { Access, Shelf } from "./access.ts";
import type { Attempt } from "./attempt.ts";
import type { ErrorBody, Payment, View } from "./contract.ts";
import { secretsOf } from "./secrets.ts";

/** The server said no. */
export class Refused extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** No answer, or one that says to come again. */
export class Away extends Error {
  readonly afterMs: number | null;
  constructor(message: string, afterMs: number | null = null) {
    super(message);
    this.afterMs = afterMs;
  }
}

export interface CardToken {
  readonly token: string;
  readonly account?: string;
}

export interface Api {
  view(): Promise<View>;
  token(card: object): Promise<CardToken>;
  pay(attempt: Attempt): Promise<Payment>;
  confirm(paymentId: string, attempt: Attempt): Promise<Payment>;
  payment(id: string): Promise<Payment>;
  stream(id: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  cardFields(paymentId: string): Promise<unknown>;
  returned(paymentId: string, proof: Readonly<Record<string, string>>): Promise<Payment>;
  cancelPayment(id: string): Promise<Payment>;
  cancelSession(): Promise<void>;
}

/** Longer than the server takes for anything that it answers. */
const ANSWER_WITHIN_MS = 30_000;

interface Extra {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export function createApi(access: Access, shelf: Shelf): Api {
  const send = async (method: "GET" | "POST", path: string, extra: Extra, secret: string | null): Promise<Response> => {
    let answer: Response;
    const headers = { "x-api-key": access.key, ...(secret !== null && { "x-client-secret": secret }) };
    const signal = extra.signal ?? AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      answer = await fetch(`/v1/checkout${path}`, {
        method,
        cache: "no-store",
        ...extra,
        signal,
        headers: { ...headers, ...extra.headers },
      });
    } catch (error) {
      throw new Away(String(error));
    }
    if (answer.ok) return answer;
    throw await refusal(answer);
  };
  const secrets = secretsOf(access, shelf, async (body) => jsonOf(await send("POST", "/openings", asJson(body), null)));
  const call = async (method: "GET" | "POST", path: string, extra: Extra = {}): Promise<Response> =>
    send(method, path, extra, await secrets.for(path));
  const json = async <T>(method: "GET" | "POST", path: string, extra?: Extra): Promise<T> => jsonOf<T>(await call(method, path, extra));
  const post = <T>(path: string, body: string, more: Record<string, string> = {}): Promise<T> => json<T>("POST", path, asJson(body, more));
  return {
    view: async () => secrets.withOwn(await json<View>("GET", ""), (id) => json<Payment>("GET", `/payments/${id}`).catch(nullIfRefused)),
    token: (card) => post("/tokens", JSON.stringify({ card })),
    async pay({ key, body }) {
      // What the shopper reads now is what an e-mail about it is written in.
      const headers = { "idempotency-key": key, "accept-language": document.documentElement.lang };
      return secrets.kept(await post("/payments", body, headers));
    },
    confirm: (id, { key, body }) => post(`/payments/${id}/confirm`, body, { "idempotency-key": key }),
    payment: (id) => json("GET", `/payments/${id}`),
    async stream(id, signal) {
      const { body } = await call("GET", `/payments/${id}/stream`, { signal, headers: { accept: "text/event-stream" } });
      if (body === null) throw new Away("the stream has no body");
      return body;
    },
    cardFields: (id) => json("GET", `/payments/${id}/card-fields`),
    returned: (id, proof) => post(`/payments/${id}/returned`, JSON.stringify({ proof })),
    cancelPayment: (id) => post(`/payments/${id}/cancel`, "{}"),
    cancelSession: async () => void (await post("/cancel", "{}")),
  };
}

function nullIfRefused(error: unknown): null {
  if (error instanceof Refused) return null;
  throw error;
}

function asJson(body: string, more: Record<string, string> = {}): Extra {
  return { body, headers: { "content-type": "application/json", ...more } };
}

async function jsonOf<T>(answer: Response): Promise<T> {
  try {
    return (await answer.json()) as T;
  } catch (error) {
    throw new Away(String(error));
  }
}

export async function refusal(answer: Response): Promise<Error> {
  const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
  const afterMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
  let error: ErrorBody | undefined;
  try {
    ({ error } = (await answer.json()) as { error?: ErrorBody });
  } catch {
    // A proxy's page.
  }
  const comesAgain = answer.status >= 500 || answer.status === 429 || answer.status === 408 || error?.code === "idempotency_in_progress";
  if (comesAgain || error === undefined || typeof error.code !== "string") return new Away(`${answer.status}`, afterMs);
  return new Refused(answer.status, error);
}
