/** What all adapters have in common: a gateway's own card fields, mounted in a page that never sees the card. */

/** The answer of `GET /v1/payments/{id}/card-fields`, as far as adapters read it. */
export interface CardFieldsOffer {
  readonly adapter: string;
  readonly script_url: string | null;
  readonly config: Readonly<Record<string, string>>;
  readonly account: string | null;
}

/** What confirm takes as `card`. */
export interface CardToken {
  readonly token: string;
  readonly account?: string;
}

/** `next_action` of a payment, if its `type` is `card_fields`: the rest happens in the gateway's own window. */
export interface FieldsAction {
  readonly values?: Readonly<Record<string, string>>;
}

/** Word of the browser only: anybody can make it up. Ask the API what became of the payment. */
export interface ActionResult {
  readonly status: "completed" | "failed" | "dismissed";
  /** Signed by the gateway, for `POST /v1/payments/{id}/returned`. */
  readonly proof?: Readonly<Record<string, string>>;
}

export interface FieldsEvents {
  readonly ready?: () => void;
  /** `complete`: there is something to make a token of. */
  readonly change?: (state: { readonly complete: boolean; readonly error: FieldsError | null }) => void;
  /** The fields can't be used any more. */
  readonly error?: (error: FieldsError) => void;
}

export interface MountedFields {
  /** Rejects with a `FieldsError` that the shopper can mend, or that says that there is no way. */
  tokenize(): Promise<CardToken>;
  /** Only where the gateway's token says that the card is typed after confirm. */
  act?(action: FieldsAction): Promise<ActionResult>;
  /** Takes them out of the page. */
  destroy(): void;
}

export interface Adapter {
  mount(element: HTMLElement, offer: CardFieldsOffer, events: FieldsEvents): Promise<MountedFields>;
}

/** `code` is for programs: a gateway's own, or one of `unknown_adapter`, `script_failed`, `frame_failed`, `misconfigured`. */
export class FieldsError extends Error {
  override readonly name = "FieldsError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A token with the account that it is bound to. */
export function cardOf(token: string, { account }: CardFieldsOffer): CardToken {
  return account === null ? { token } : { token, account };
}

/** A value of the configuration. Throws `FieldsError` misconfigured. */
export function configured({ config, adapter }: CardFieldsOffer, name: string): string {
  const value = config[name];
  if (value === undefined) throw new FieldsError("misconfigured", `The card fields of ${adapter} need ${name}.`);
  return value;
}
