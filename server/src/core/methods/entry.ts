/** What a payment method is made of. The table of all is beside this file. */
import type { ErrorCode } from "../errors.ts";
import type { DeclineCode } from "../outcome.ts";
import type { NextActionType } from "./actions.ts";

export interface MethodEntry {
  /** For people, as on a button of a checkout. */
  readonly label: string;
  /** What a request sends under the method's name, and what a form asks the shopper for. */
  readonly fields: Readonly<Record<string, MethodField>>;
  /** These fields, or that one in their place; left out: each field says for itself whether it is required. */
  readonly either?: { readonly these: readonly string[]; readonly or: string };
  /**
   * What a payment keeps. `fields`: each as it came, and the API shows them. `token`: a connector's token, and what may be shown of what it
   * stands for; its fields are exchanged for the token at once.
   */
  readonly keeps: "fields" | "token";
  /**
   * Left out, that field makes it another way to pay: a gateway says for each of the two whether it takes it. `said`: what that way is called
   * in a sentence; `when`: how the shopper pays then.
   */
  readonly without?: { readonly field: string; readonly kind: string; readonly said: string; readonly when: string };
  /** The next actions that it may have, with what the shopper must do then; completes "The shopper must …". */
  readonly actions: Readonly<Partial<Record<NextActionType, string>>>;
  /** A refusal of the bank for which there is no other reason. */
  readonly declined: DeclineCode;
}

/** One field: the API's schema, the check of a request, its help and a form's input are made of it. */
export interface MethodField {
  readonly label: string;
  /** `digits`: a text of digits; `number`: an integer, or its digits as text. */
  readonly type: "text" | "digits" | "number";
  readonly isRequired: boolean;
  /** A regular expression for all of it. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Sentences for people: what it is, and what it must look like. */
  readonly help: string;
  readonly example: string | number;
  /** Of a value that does not fit; left out: `invalid_field`. */
  readonly code?: ErrorCode;
  /** A value of this form may look like a card number, which no other may. */
  readonly looksLikeCard?: RegExp;
  /** Never kept, shown or logged: only of a method that keeps a token. */
  readonly isSecret?: boolean;
}
