import type { EmailCapture, Mail } from "../../core/ports/mail.ts";
import { createCapture } from "./capture.ts";
import { createSmtp } from "./smtp.ts";

interface Settings {
  readonly smtpUrl: string | null;
  /** The address that all messages come from. */
  readonly sender: string;
  /** Without a mail server they are kept. */
  readonly captures: boolean;
}

/** The mail server, or else the place where messages are kept. Null: there is neither. */
export function mailBy({ smtpUrl, sender, captures }: Settings, emails: EmailCapture): Mail | null {
  if (smtpUrl !== null) return createSmtp({ url: smtpUrl, sender });
  return captures ? createCapture(emails, sender) : null;
}
