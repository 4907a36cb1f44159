import { setTimeout as sleep } from "node:timers/promises";
import { waitFor, type WaitOptions } from "../../support/wait-for.ts";

export interface Keys {
  readonly key: string;
  readonly secret: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The bytes, as text. */
  readonly text: string;
  readonly json: Json;
}

/** JSON as the API shows it; tests name the members they expect. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

/** A merchant's server: it knows an address and a pair of keys, and nothing else of Tillway. */
export class Merchant {
  readonly url: string;
  readonly keys: Keys;

  constructor(url: string, keys: Keys) {
    this.url = url;
    this.keys = keys;
  }

  get(path: string): Promise<Answer> {
    return this.#send("GET", path);
  }

  post(path: string, body?: object, idempotencyKey?: string): Promise<Answer> {
    return this.#send("POST", path, body, idempotencyKey);
  }

  patch(path: string, body: object): Promise<Answer> {
    return this.#send("PATCH", path, body);
  }

  put(path: string, body: object): Promise<Answer> {
    return this.#send("PUT", path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.#send("DELETE", path);
  }

  create(body: object, idempotencyKey?: string): Promise<Answer> {
    return this.post("/v1/payments", body, idempotencyKey);
  }

  async payment(id: string): Promise<Json> {
    return (await this.get(`/v1/payments/${id}`)).json;
  }

  /** Waits until the payment has this status, and returns it. */
  until(id: string, status: string, options: WaitOptions = {}): Promise<Json> {
    let last: Json;
    const look = async (): Promise<Json> => {
      last = await this.payment(id);
      return last.status === status ? last : null;
    };
    return waitFor(`payment ${id} to be ${status}`, look, { timeoutMs: 30_000, pauseMs: 50, ...options }).catch((error: Error) => {
      throw new Error(`${error.message}; it was ${JSON.stringify(last)}`, { cause: error });
    });
  }

  async #send(method: string, path: string, body?: object, idempotencyKey?: string): Promise<Answer> {
    const headers: Record<string, string> = { "x-api-key": this.keys.key, "x-api-secret": this.keys.secret };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    const answer = await fetch(this.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text) };
  }
}

/**
 * As a merchant's server should: a 503 is no answer, the same request is sent again when `Retry-After` says. On a machine with
 * more to do than it can, a burst of requests meets it.
 */
export async function patiently(send: () => Promise<Answer>): Promise<Answer> {
  return waitFor(
    "an answer other than 503",
    async () => {
      const answer = await send();
      if (answer.status === 503) await sleep(Number(answer.headers.get("retry-after")) * 1_000);
      return answer.status === 503 ? null : answer;
    },
    { timeoutMs: 30_000 },
  );
}

/** The body of a create: a UPI address whose first part names the sandbox's scenario. */
export function upi(scenario: string, more: object = {}): object {
  return { amount: 50_000, currency: "INR", method: "upi", upi: { vpa: `${scenario}@sandbox` }, ...more };
}

/** The same with a card. */
export function card(number: string, more: object = {}): object {
  return { amount: 50_000, currency: "INR", method: "card", card: { number, expiry_month: 12, expiry_year: 2035, cvv: "123" }, ...more };
}
