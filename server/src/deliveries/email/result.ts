import type { MailResult } from "../../core/ports/mail.ts";

/** Of a try of which nothing is known yet: each way of sending says what it found beside this. */
export const noResult: MailResult = {
  ok: false,
  statusCode: null,
  response: null,
  error: null,
  durationMs: 0,
  retryAfterMs: null,
  gone: false,
  isPermanent: false,
};
