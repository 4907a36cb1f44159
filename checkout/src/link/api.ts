/** What the page of a payment link asks. Nothing is written before the shopper presses the button. */
import { Away, refusal } from "../api.ts";
import type { Attempt } from "../attempt.ts";
import type { LinkView } from "./contract.ts";

export interface LinkCheckout {
  readonly url: string;
  /** Of an order that was made before by the same press: it may be over. */
  readonly status: "open" | (string & {});
}

const ANSWER_WITHIN_MS = 30_000;

export function createLinkApi(token: string) {
  async function ask<Answer>(more: RequestInit): Promise<Answer> {
    let answer: Response;
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      answer = await fetch(`/v1/checkout/links/${encodeURIComponent(token)}`, { cache: "no-store", ...more, signal });
    } catch (error) {
      throw new Away(String(error));
    }
    if (!answer.ok) throw await refusal(answer);
    try {
      return (await answer.json()) as Answer;
    } catch (error) {
      throw new Away(String(error));
    }
  }
  return {
    view: () => ask<LinkView>({}),
    begin: ({ key, body }: Attempt) =>
      ask<LinkCheckout>({ method: "POST", body, headers: { "content-type": "application/json", "idempotency-key": key } }),
  };
}
