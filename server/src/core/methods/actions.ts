/** What a shopper may have to do before a payment can go on, as data: the API's description of `next_action` follows from it. */
export const nextActions = {
  redirect: "open the URL in the shopper's browser",
  upi_intent: "open the `upi://pay?…` link on a phone, or show it as a QR code",
  card_fields: "hand it to the card fields of the page (`act`): the shopper types the card into the gateway's own window",
} as const;

export type NextActionType = keyof typeof nextActions;

/** What the shopper must do next, and where. */
export interface NextAction {
  readonly type: NextActionType;
  /** Of `card_fields`: the gateway's script. */
  readonly url: string;
  /** Of `card_fields`: what the window is opened with. Public. */
  readonly values?: Readonly<Record<string, string>>;
}
