/** What a message says, in one language. `{merchant}` and `{amount}` are filled in; there is no plural, so that no language needs a rule. */
export interface Words {
  readonly succeeded: Told;
  readonly failed: Told;
  readonly refunded: Told;
  readonly action_needed: Told;
  readonly labels: Readonly<Record<Label, string>>;
  /** Why a payment failed, for the shopper: what can be done about it, and nothing that helps a thief. */
  readonly reasons: Readonly<Record<Reason, string>>;
  /** Above a message of test mode. */
  readonly test: string;
  /** Why the shopper gets this. */
  readonly why: string;
}

/** Subject, headline and one or two sentences. */
export interface Told {
  readonly subject: string;
  readonly title: string;
  readonly body: string;
}

export type Label = "amount" | "refunded" | "date" | "method" | "description" | "order" | "payment" | "bankTransfer";
export type Reason = "declined" | "funds" | "expired" | "cvc" | "limit" | "authentication" | "tooLate" | "technical";
