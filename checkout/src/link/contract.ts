/** What the listener answers of a payment link, and what the page shows of it. */

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
