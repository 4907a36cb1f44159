/**
 * The lines of which there is one for each request and each run of a job. They are put together from a list of members, rather than
 * searched for secrets: what is not in the list is left out, and a value that is not plain is searched as any other.
 */
type Fields = Readonly<Record<string, unknown>>;

/** By message. A member is an id, a name of ours or a figure; never a text of somebody else's. */
const RECORDS: Readonly<Record<string, readonly string[]>> = {
  request: namesIn(
    `request_id caller_request_id trace_id method route subject payment_id status error_code duration_ms merchant_id key_id aborted`,
  ),
  job: namesIn(`job_id trace_id queue kind subject payment_id attempt_id tries outcome duration_ms merchant_id mode`),
};

function namesIn(list: string): readonly string[] {
  return list.split(" ");
}

/** Ids, routes and names. Twelve digits in a row might belong to a card number, and a caller's own request id may be anything. */
const PLAIN = /^[A-Za-z0-9_.:/*-]{1,128}$/;
const SUSPECT = /\d{12}|sk_|whsec_|opk_/;

/**
 * The line without its end, or null if the message is of another kind.
 * @param base members of every line, as JSON text that begins with a comma
 * @param redact searches a value that is not plain
 */
export function recordLine(message: string, fields: Fields, base: string, redact: (text: string) => string): string | null {
  const members = Object.hasOwn(RECORDS, message) ? RECORDS[message]! : null;
  if (members === null) return null;
  let line = `{"level":"info","time":"${isoNow()}"${base}`;
  for (const name of members) {
    const value = fields[name];
    if (typeof value === "string")
      line += `,"${name}":${PLAIN.test(value) && !SUSPECT.test(value) ? `"${value}"` : JSON.stringify(redact(value))}`;
    else if (typeof value === "number" ? Number.isFinite(value) : typeof value === "boolean") line += `,"${name}":${String(value)}`;
  }
  return `${line},"msg":"${message}"}`;
}

let lastMs = 0;
let lastText = "";

/** Most lines share their millisecond with others. */
function isoNow(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastText = new Date(now).toISOString();
  }
  return lastText;
}
