/** What the page of a payment link asks. Nothing is written before the shopper presses the button. */
import { Away, refusal } from "../api.ts";
import type { Attempt } from "../attempt.ts";

export interface LinkView {
  readonly status: "active" | "used_up" | "expired" | "deactivated";
  readonly mode: "test" | "live";
  readonly merchant: { readonly name: string; readonly color: string | null; readonly logo: string | null };
  readonly description: string | null;
  /** null: the shopper says how much. */
  readonly amount: number | null;
  readonly currency: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly suggested: number | null;
  readonly locale: string | null;
  readonly expires_at: string | null;
}

/** What the page of a link shows. */
export type LinkScreen = "loading" | "away" | "unusable" | "link" | "link_used_up" | "link_expired" | "link_deactivated";

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
