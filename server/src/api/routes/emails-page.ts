/** The page that shows a developer the e-mails that were kept and not sent. It exists where they are kept, and only there. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { messageIdOf } from "../../core/email.ts";
import { TillwayError } from "../../core/errors.ts";
import { madeAt } from "../../core/ids.ts";
import type { Scope } from "../../core/model.ts";
import type { CapturedEmail } from "../../core/ports/mail.ts";
import { withoutLinks } from "../../core/kept-links.ts";
import { iso } from "../../core/represent.ts";
import type { App } from "../../http/app.ts";
import { fileServer } from "../../http/site.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import type { KeptEmails } from "../mailbox.ts";

const SHOWN_MAX = 100;

/** Nothing inline, nothing from elsewhere, in nobody's frame; what it frames is below its own address. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** For a message's HTML: no script, no form, no link, nothing from elsewhere, an origin of its own. Its styles are inline, as mail programs need them. */
const MESSAGE_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

/** Of each answer that holds what a shopper was told. */
const PRIVATE = { "cache-control": "no-store", "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin" };

export function emailsPageRoutes(api: App, { publicUrl }: ApiDeps, { capture, keys, pageFolder }: KeptEmails): void {
  const hidden = { schema: { hide: true }, config: { load: "list" } } as const;
  const files = fileServer(pageFolder, "The page of the e-mails was not built. Run npm run build.");
  const send = (request: FastifyRequest, reply: FastifyReply) => {
    const headers = { "content-security-policy": PAGE_POLICY, "cross-origin-opener-policy": "same-origin" };
    return files.send(request, reply, { path: request.url.split("?", 1)[0]!, headers });
  };
  api.get("/emails", hidden, send);
  api.get("/emails/assets/*", hidden, send);
  // By a header: another site's page can't send it, nor a form or a link.
  api.get("/emails/kept", hidden, async (request, reply) => {
    const scope = keys.opens(String(request.headers["x-mailbox-key"] ?? ""));
    if (scope === null) throw new TillwayError("authentication_error", { message: NO_KEY });
    const kept = await capture.kept(scope, SHOWN_MAX);
    return sendText(reply.headers(PRIVATE), 200, JSON.stringify({ data: kept.map((email) => shown(email, keys)) }));
  });
  keptHtmlRoute(api, { capture, keys });
  const onRequest = api.guard("config.read");
  api.get("/v1/test/emails/page", { onRequest, ...hidden }, async (request, reply) =>
    sendText(reply, 200, JSON.stringify({ object: "test_emails_page", url: emailsPageUrl(publicUrl, keys, scopeOf(request)) })),
  );
}

/** What a frame shows; whichever page frames it, it can run no script, and reach nothing of that page. */
export function keptHtmlRoute(api: App, { capture, keys }: Pick<KeptEmails, "capture" | "keys">): void {
  const hidden = { schema: { hide: true }, config: { load: "list" } } as const;
  // With a star: the router takes no name of more than 100 characters.
  api.get<{ Params: { "*": string } }>("/emails/html/*", hidden, async (request, reply) => {
    const opened = keys.opensOne(request.params["*"]);
    const email = opened && (await capture.keptOne(opened.scope, opened.deliveryId));
    if (!email) throw new TillwayError("not_found");
    const headers = { ...PRIVATE, "content-type": "text/html; charset=utf-8", "content-security-policy": MESSAGE_POLICY };
    return reply.headers(headers).send(withoutLinks(email.html, false));
  });
}

const NO_KEY = "Open the link that npm start printed, or that tillway emails page prints.";

/** What stands behind `#` is sent to no server and stands in no log; the page takes it out of its address at once. */
export function emailsPageUrl(url: string, keys: KeptEmails["keys"], scope: Scope): string {
  return `${url}/emails#${keys.of(scope)}`;
}

function shown(email: CapturedEmail, keys: KeptEmails["keys"]): object {
  const { deliveryId, from, to, subject, text, capturedAt } = email;
  return {
    delivery_id: deliveryId,
    from,
    to,
    subject,
    text: withoutLinks(text, false),
    headers: headersOf(email),
    html_url: `/emails/html/${keys.ofOne(email, deliveryId)}`,
    captured_at: iso(capturedAt),
  };
}

/** The headers that a message has, or would have had if it had been sent. Without those that only say how its parts are written. */
function headersOf(email: CapturedEmail): (readonly [string, string])[] {
  const { deliveryId, from, to, replyTo, subject } = email;
  const sender = from.slice(from.lastIndexOf("<") + 1).replace(/>$/, "");
  return [
    ["From", from],
    ["To", to],
    ...(replyTo === null ? [] : [["Reply-To", replyTo] as const]),
    ["Subject", subject],
    ["Message-ID", messageIdOf(deliveryId, sender)],
    ["Date", new Date(madeAt(deliveryId)).toUTCString().replace("GMT", "+0000")],
    ["Auto-Submitted", "auto-generated"],
  ];
}
