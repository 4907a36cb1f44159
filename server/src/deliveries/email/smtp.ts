/** E-mail by SMTP. nodemailer is loaded with the first message, and so only where `SMTP_URL` is set. */
import { WEBHOOK_CONNECT_TIMEOUT_MS, WEBHOOK_RESPONSE_KEPT_BYTES, WEBHOOK_TOTAL_TIMEOUT_MS } from "../../core/constants.ts";
import type { Mail, MailResult } from "../../core/ports/mail.ts";
import { compose, composeLetter, type Composed } from "./message.ts";
import { noResult } from "./result.ts";

export interface SmtpOptions {
  /** `smtp://` or `smtps://`, with user and password if the server wants them. */
  readonly url: string;
  readonly sender: string;
  /** In tests. */
  readonly limits?: { readonly connectMs?: number; readonly totalMs?: number };
}

/** One connection, one message, one recipient for each try; it ends in time whatever the server does. */
export function createSmtp({ url, sender, limits = {} }: SmtpOptions): Mail {
  const server = serverOf(url);
  const connectMs = limits.connectMs ?? WEBHOOK_CONNECT_TIMEOUT_MS;
  const totalMs = limits.totalMs ?? WEBHOOK_TOTAL_TIMEOUT_MS;
  const send = async (mail: Composed): Promise<MailResult> => {
    const startedAt = performance.now();
    const said = await submit(mail, { server, connectMs, totalMs }).catch(failureOf);
    return { ...noResult, ...said, durationMs: Math.round(performance.now() - startedAt) };
  };
  return {
    by: "smtp",
    send: (message) => send(compose(message, sender)),
    sendLetter: (letter) => send(composeLetter(letter, sender)),
  };
}

interface Server {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else it is used where the server offers it. */
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly pass: string } | null;
}

interface Line {
  readonly server: Server;
  readonly connectMs: number;
  readonly totalMs: number;
}

type Said = Partial<MailResult>;

function serverOf(url: string): Server {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const login = username === "" ? null : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? (secure ? 465 : 587) : Number(port), secure, login };
}

async function submit(mail: Composed, { server, connectMs, totalMs }: Line): Promise<Said> {
  const [{ default: Connection }, { default: MailComposer }] = await Promise.all([
    import("nodemailer/lib/smtp-connection"),
    import("nodemailer/lib/mail-composer"),
  ]);
  const { host, port, secure, login } = server;
  const waits = { connectionTimeout: connectMs, dnsTimeout: connectMs, greetingTimeout: connectMs, socketTimeout: totalMs };
  // A password does not cross a network in the clear, whatever the server offers.
  const requireTLS = login !== null && !/^(localhost|127(\.\d+){3}|::1)$/.test(host);
  const connection = new Connection({ host, port, secure, requireTLS, ...waits });
  let give: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (give = reject));
  // Whoever waits for a step hears of it; nobody may be waiting.
  broken.catch(() => undefined);
  connection.on("error", give);
  connection.on("end", () => give(new Error("the server hung up")));
  const timer = setTimeout(() => give(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })), totalMs);
  const step = <Result>(run: (end: (error?: Error | null, result?: Result) => void) => void): Promise<Result | undefined> =>
    Promise.race([
      broken,
      new Promise<Result | undefined>((resolve, reject) => run((error, result) => (error ? reject(error) : resolve(result)))),
    ]);
  try {
    await step((end) => connection.connect(end));
    if (login !== null) await step((end) => connection.login({ credentials: login }, end));
    if (isForeign(mail.to.address) && !knowsUtf8(connection)) return noUtf8;
    const node = new MailComposer(headersOf(mail)).compile();
    const bytes = await node.build();
    const info = await step<{ readonly response?: string }>((end) => connection.send(node.getEnvelope(), bytes, end));
    const response = info?.response ?? "";
    return { ok: true, statusCode: Number(/^\d{3}/.exec(response)?.[0] ?? 250), response: cut(response) };
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

/** What a server that can't do it would be sent anyway: the recipient's name in letters that its protocol does not know. */
const noUtf8: Said = {
  error: "no_smtputf8",
  response: "The part of the address before the @ is not ASCII, and the mail server does not offer SMTPUTF8. Nothing was sent.",
  isPermanent: true,
};

function isForeign(address: string): boolean {
  return /[^\x20-\x7e]/.test(address.slice(0, address.lastIndexOf("@")));
}

function knowsUtf8(connection: unknown): boolean {
  return (connection as { readonly _supportedExtensions?: readonly string[] })._supportedExtensions?.includes("SMTPUTF8") ?? false;
}

function headersOf({ from, to, replyTo, subject, text, html, messageId, at }: Composed): object {
  return {
    from,
    to: [to],
    ...(replyTo && { replyTo: [replyTo] }),
    subject,
    text,
    html,
    messageId,
    date: new Date(at),
    // No out-of-office answers to a machine.
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
  readonly message?: string;
}

const classes: Readonly<Record<string, string>> = {
  ETIMEDOUT: "timeout",
  ECONNREFUSED: "refused",
  ECONNECTION: "reset",
  ECONNRESET: "reset",
  EDNS: "dns",
  ENOTFOUND: "dns",
  ETLS: "tls",
  EAUTH: "login_refused",
  ERR_MODULE_NOT_FOUND: "nodemailer_missing",
};

/**
 * What the server refuses with a 5xx about sender, recipient or message is refused for good. About the greeting or the login it is a matter of
 * this installation and not of the message: that is tried again.
 */
function failureOf(thrown: unknown): Said {
  const { code = "", responseCode = null, response, command = "", message } = thrown as SmtpError;
  // What the socket said stands in the text only.
  const below = /\bE[A-Z]{4,}\b/.exec(message ?? "")?.[0] ?? "";
  const isAboutMessage = code !== "EAUTH" && /^(MAIL|RCPT|DATA|API)/i.test(command);
  return {
    statusCode: responseCode,
    response: cut(response ?? (responseCode === null ? null : (message ?? null))),
    error: responseCode === null ? (classes[code] ?? classes[below] ?? "failed") : code === "EAUTH" ? "login_refused" : null,
    isPermanent: isAboutMessage && responseCode !== null && responseCode >= 500,
  };
}

function cut(text: string | null): string | null {
  return text?.replaceAll("\0", "\ufffd").slice(0, WEBHOOK_RESPONSE_KEPT_BYTES) ?? null;
}
