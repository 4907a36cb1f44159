/** The shoppers' mail server, with its book of the messages that it took; and the way to it, which breaks at any word. */
import type { Mail, MailMessage, MailResult } from "../core/ports/mail.ts";
import { compose } from "../deliveries/email/message.ts";
import { noResult } from "../deliveries/email/result.ts";
import { tally } from "./counts.ts";
import { cross, type Fault, type Life, type Machinery } from "./process.ts";
import type { MailRates } from "./swarm.ts";

export interface Letter {
  readonly to: string;
  /** All that the shopper reads. */
  readonly content: string;
}

/** By Message-ID, the letters taken, in order: a mail program shows one of each. */
export type PostOffice = Map<string, Letter[]>;

export interface MailSide {
  readonly machinery: Machinery;
  readonly down: () => boolean;
  /** None after healing. */
  readonly rates: () => MailRates;
}

/** The address that all e-mails come from. */
export const SENDER = "pay@tillway.invalid";
const TIMEOUT_MS = 10_000;

/** Mail by a server that refuses the connection, falls silent before it has the message or after it took it, is busy, or refuses for good. */
export function mailAcross(side: MailSide, life: Life, office: PostOffice): Mail {
  const sendLetter = (): never => {
    throw new Error("nobody signs in here");
  };
  return { by: "smtp", send: (message) => sendOne(side, life, { office, message }), sendLetter };
}

function sendOne(side: MailSide, life: Life, { office, message }: { office: PostOffice; message: MailMessage }): Promise<MailResult> {
  const { machinery, down } = side;
  const { draw, kernel, counts } = machinery;
  const rates = side.rates();
  const startedAt = kernel.now;
  const fault: Fault =
    down() || draw.hit(rates.refused) ? "before" : draw.hit(rates.silent) ? "lost" : draw.hit(rates.lostReply) ? "lostReply" : null;
  const statusCode = draw.hit(rates.refusing) ? 550 : draw.hit(rates.busy) ? 451 : 250;
  const { messageId, to, subject, text, html } = compose(message, SENDER);
  counts.emails++;
  return cross<MailResult>(machinery, life, {
    name: "mail.send",
    effect: () => {
      if (statusCode !== 250) tally(counts.faults, `mail:${statusCode}`);
      else office.set(messageId, [...(office.get(messageId) ?? []), { to: to.address, content: `${subject}\n${text}\n${html}` }]);
      kernel.trace.add(kernel.now, `${life.name}   ${message.event.type} ${message.delivery.id.slice(-4)} by e-mail ⇒ ${statusCode}`);
      return { ...noResult, ok: statusCode === 250, statusCode, isPermanent: statusCode === 550, durationMs: kernel.now - startedAt };
    },
    fault,
    latencyMs: [draw.skewed(2, 500), draw.skewed(2, 3_000)],
    timeoutMs: TIMEOUT_MS,
    lateMs: 0,
    failure: (kind) =>
      Promise.resolve({ ...noResult, error: kind === "before" ? "refused" : "timeout", durationMs: kernel.now - startedAt }),
  });
}
