import { messageIdOf } from "../../core/email.ts";
import type { Letter, MailMessage } from "../../core/ports/mail.ts";
import { renderLetter } from "./letter.ts";
import { oneLine, render, type Rendered } from "./render.ts";

/** An address with the name before it, apart: in one text a name could become addresses. */
interface Address {
  readonly name: string;
  readonly address: string;
}

export interface Composed extends Rendered {
  readonly from: Address;
  readonly to: Address;
  readonly replyTo: Address | undefined;
  /** The same at every try, so that a mail program shows one message even where two arrived. */
  readonly messageId: string;
  readonly at: number;
}

/** @param sender the address that all messages of this installation come from */
export function compose(message: MailMessage, sender: string): Composed {
  const { delivery, settings, merchantName, to } = message;
  return {
    ...render(message),
    // Without what would end a header: rows from before a rule, and rows of somebody else's tool, have not met it.
    from: { name: oneLine(settings.fromName ?? merchantName), address: sender },
    to: { name: "", address: to },
    replyTo: settings.replyTo === null ? undefined : { name: "", address: settings.replyTo },
    messageId: messageIdOf(delivery.id, sender),
    at: delivery.createdAt,
  };
}

/** To somebody who signs in here: from the installation, and not from a merchant. */
export function composeLetter(letter: Letter, sender: string): Composed {
  return {
    ...renderLetter(letter),
    from: { name: "Tillway", address: sender },
    to: { name: "", address: letter.to },
    replyTo: undefined,
    messageId: messageIdOf(letter.id, sender),
    at: letter.writtenAt,
  };
}
