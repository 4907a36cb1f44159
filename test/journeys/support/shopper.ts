import { waitFor } from "../../support/wait-for.ts";
import type { Answer, Json } from "./merchant.ts";

/** A shopper's browser: it has the publishable key and one client secret. */
export class Shopper {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param reads the browser's languages */
  constructor(url: string, key: string, secret: string, reads?: string) {
    this.url = url;
    this.headers = { "x-api-key": key, "x-client-secret": secret, ...(reads !== undefined && { "accept-language": reads }) };
  }

  /** @param path behind `/v1/checkout` */
  get(path: string): Promise<Answer> {
    return this.#send("GET", path);
  }

  post(path: string, body: object = {}, idempotencyKey: string = crypto.randomUUID()): Promise<Answer> {
    return this.#send("POST", path, body, idempotencyKey);
  }

  async view(): Promise<Json> {
    return (await this.get("")).json;
  }

  async token(number: string): Promise<string> {
    const { json } = await this.post("/tokens", { card: { number, expiry_month: 12, expiry_year: 2035, cvv: "123" } });
    return json.token as string;
  }

  async payByCard(number: string, idempotencyKey?: string): Promise<Answer> {
    return this.post("/payments", { method: "card", card: { token: await this.token(number) } }, idempotencyKey);
  }

  /** Follows a payment as a page does. */
  async stream(id: string): Promise<{ readonly headers: Headers; readonly status: number; all(): Promise<Json[]> }> {
    const answer = await fetch(`${this.url}/v1/checkout/payments/${id}/stream`, { headers: this.headers });
    const { headers, status } = answer;
    const payments = (text: string) => [...text.matchAll(/^event: payment\ndata: (.*)\n\n/gm)].map(([, json]) => JSON.parse(json!) as Json);
    return { headers, status, all: async () => payments(await answer.text()) };
  }

  /** Waits until the payment has one of these statuses. */
  until(id: string, ...statuses: readonly string[]): Promise<Json> {
    return waitFor(`payment ${id} to be ${statuses.join(" or ")}`, async () => {
      const { json } = await this.get(`/payments/${id}`);
      return statuses.includes(json.status as string) ? json : null;
    });
  }

  async #send(method: string, path: string, body?: object, key?: string): Promise<Answer> {
    const answer = await fetch(`${this.url}/v1/checkout${path}`, {
      method,
      headers: {
        ...this.headers,
        ...(body && { "content-type": "application/json" }),
        ...(key !== undefined && { "idempotency-key": key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: text === "" ? null : JSON.parse(text) };
  }
}
