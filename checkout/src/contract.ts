/** What the checkout's listener answers. The server's own description of these routes is docs/decisions/0055. */

export type PaymentStatus =
  | "created"
  | "pending"
  | "processing"
  | "requires_action"
  | "authorized"
  | "succeeded"
  | "failed"
  | "canceled"
  | (string & {});

export interface NextAction {
  readonly type: "redirect" | "upi_intent" | "card_fields" | (string & {});
  readonly url: string;
  readonly values?: Readonly<Record<string, string>>;
}

export interface Payment {
  readonly id: string;
  readonly status: PaymentStatus;
  readonly method: string | null;
  readonly next_action: NextAction | null;
  readonly error: { readonly code: string; readonly decline_code?: string | null; readonly message: string } | null;
  readonly card: { readonly network: string | null; readonly last4: string } | null;
  /** What becomes of a cancel that the status does not say. All but `requested`: it came too late, and the bank had paid. */
  readonly cancel: "requested" | "refund_pending" | "refunded" | "refund_failed" | null;
  readonly updated_at: string;
}

/** A field as the table of methods describes it. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: "text" | "digits" | "number" | (string & {});
  readonly pattern?: string;
  readonly help?: string;
  readonly placeholder?: string;
  readonly is_required?: boolean;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
}

export interface Method {
  readonly type: string;
  readonly label: string;
  readonly fields: readonly Field[];
  readonly next_actions: readonly string[];
  /** Sets of fields, each of which is enough. */
  readonly forms?: readonly (readonly string[])[];
}

export interface TestInputs {
  readonly cards: readonly { readonly number: string; readonly outcome: string; readonly label: string }[];
  readonly vpas: readonly { readonly vpa: string; readonly outcome: string; readonly label: string }[];
}

export interface View {
  readonly status: "open" | "complete" | "expired" | "canceled" | "used_up";
  readonly mode: "test" | "live";
  readonly merchant: { readonly name: string; readonly color: string | null; readonly logo: string | null };
  readonly order: { readonly id: string; readonly amount: number; readonly currency: string; readonly status: string };
  /** Of the payment link that the order was made from. */
  readonly description?: string | null;
  readonly locale: string | null;
  readonly methods: readonly Method[];
  readonly card: "tokens" | "fields" | null;
  readonly payment: Payment | null;
  readonly return_url: string | null;
  readonly cancel_url: string | null;
  readonly expires_at: string | null;
  readonly server_time: string;
  readonly test: TestInputs | null;
}

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly param?: string;
  readonly payment_id?: string;
  readonly request_id?: string;
}

/** The money is there, or is held for the merchant, and stays: nothing is left to do for the shopper. */
export function isPaid({ status, cancel }: Payment): boolean {
  return (status === "succeeded" || status === "authorized") && cancel === null;
}

export function isOver(payment: Payment): boolean {
  return isPaid(payment) || payment.status === "failed" || payment.status === "canceled" || payment.cancel === "refunded";
}

/** `created` waits for its method: the shopper is still at the form. */
export function isLive(payment: Payment): boolean {
  return !isOver(payment) && payment.status !== "created";
}
