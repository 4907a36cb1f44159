import type { EmailSettings, Ms, Scope } from "../model.ts";
import type { ChannelResult } from "./channel.ts";
import type { DeliveryLoad, MailLoad } from "./store.ts";

/** The way out for e-mail to shoppers and to people of the dashboard: one message to one recipient, one result; the schedule is the flow's. */
export interface Mail {
  /** Whether messages leave this installation, or are kept for people to look at. */
  readonly by: "smtp" | "captured";
  send(message: MailMessage): Promise<MailResult>;
  /** To somebody who signs in here. */
  sendLetter(letter: Letter): Promise<MailResult>;
}

/** A message in plain sentences, with one link. */
export interface Letter extends Scope {
  /** `dlv_` and the same at each try: where it is kept, and that a mail program shows one message where two arrived. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link: { readonly label: string; readonly url: string };
  readonly writtenAt: Ms;
  readonly now: Ms;
}

export interface MailMessage extends Pick<DeliveryLoad, "delivery" | "event">, MailLoad {
  readonly settings: EmailSettings;
  readonly to: string;
  readonly now: Ms;
}

export interface MailResult extends ChannelResult {
  /** It was refused for good: another try would hear the same. */
  readonly isPermanent: boolean;
}

/** A message that was kept and not sent. */
export interface CapturedEmail extends Scope {
  readonly deliveryId: string;
  readonly from: string;
  readonly to: string;
  readonly replyTo: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly capturedAt: Ms;
}

/** Where messages are kept that are not sent: the newest of each merchant, a bounded number. */
export interface EmailCapture {
  /** The same delivery again stands in the place of the first. */
  keep(email: CapturedEmail): Promise<void>;
  /** Newest first. */
  kept(scope: Scope, limit: number): Promise<readonly CapturedEmail[]>;
  keptOne(scope: Scope, deliveryId: string): Promise<CapturedEmail | null>;
}
