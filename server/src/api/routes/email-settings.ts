/** E-mail to shoppers: the merchant's settings, and what was kept instead of sent. */
import { Type } from "typebox";
import { emailLocales, emailOutcomes, outcomeOf, usualOutcomes, type EmailOutcome } from "../../core/email.ts";
import type { EmailSettings } from "../../core/model.ts";
import type { CapturedEmail } from "../../core/ports/mail.ts";
import { withoutLinks } from "../../core/kept-links.ts";
import { iso } from "../../core/represent.ts";
import { emailSettings, replaceEmailSettings } from "../../flows/setup/emails.ts";
import { actorOf, type App } from "../../http/app.ts";
import { flowsBy, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import type { KeptEmails } from "../mailbox.ts";
import { refuseCardNumbers } from "../payment-input.ts";
import { component, errorAnswers, nullable, shows, strict, timestamp } from "../schemas/common.ts";
import { ASCII_EMAIL } from "../schemas/payment.ts";

const tags = ["E-mail"];
const outcomes = Object.keys(emailOutcomes) as EmailOutcome[];
/** In a header, a line break would begin another one. */
const ONE_LINE = String.raw`^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$`;

export function emailSettingsRoutes(api: App, deps: ApiDeps): void {
  const [reads, writes] = [api.guard("config.read"), api.guard("config.write")];
  const { flows } = deps;
  const show = (settings: EmailSettings) => JSON.stringify(shown(settings, flows.mail?.by ?? null));
  api.get("/v1/email-settings", { onRequest: reads, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, show(await emailSettings(flows, scopeOf(request)))),
  );
  api.put("/v1/email-settings", { onRequest: writes, schema: schemas.put }, async (request, reply) => {
    const { enabled, from_name: fromName = null, reply_to: replyTo = null, line = null, locale = "en" } = request.body;
    refuseCardNumbers("from_name", fromName ?? undefined);
    refuseCardNumbers("line", line ?? undefined);
    const events = [...new Set(request.body.outcomes ?? usualOutcomes)].map((outcome) => emailOutcomes[outcome]);
    const wish = { enabled, fromName, replyTo, line, events, locale };
    return sendText(reply, 200, show(await replaceEmailSettings(flowsBy(deps, request), scopeOf(request), wish)));
  });
}

/** Exists where e-mails are kept instead of sent, and only there. */
export function capturedEmailRoutes(api: App, { capture, keys }: Pick<KeptEmails, "capture" | "keys">): void {
  const schema = {
    // The document of an installation names no routes for tests.
    hide: true,
    operationId: "listTestEmails",
    summary: "E-mails that were kept instead of sent, newest first",
    tags: ["Tests"],
    querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })) }),
  };
  api.get("/v1/test/emails", { onRequest: api.guard("config.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const kept = await capture.kept(scopeOf(request), request.query.limit ?? 20);
    const invites = actorOf(request).person?.role === "owner";
    return sendText(reply, 200, JSON.stringify({ object: "list", data: kept.map((email) => shownEmail(email, keys, invites)) }));
  });
}

function shownEmail(email: CapturedEmail, keys: KeptEmails["keys"], invites: boolean): object {
  const { deliveryId, from, to, replyTo, subject, text, html, capturedAt } = email;
  return {
    object: "test_email",
    delivery_id: deliveryId,
    from,
    to,
    reply_to: replyTo,
    subject,
    text: withoutLinks(text, invites),
    html: withoutLinks(html, invites),
    // For a frame, at the listener that was asked.
    html_url: `/emails/html/${keys.ofOne(email, deliveryId)}`,
    captured_at: iso(capturedAt),
  };
}

function shown({ enabled, fromName, replyTo, line, events, locale, updatedAt }: EmailSettings, by: "smtp" | "captured" | null): object {
  return {
    object: "email_settings",
    enabled,
    from_name: fromName,
    reply_to: replyTo,
    line,
    outcomes: outcomes.filter((outcome) => events.some((event) => outcomeOf(event) === outcome)),
    locale,
    sent_by: by,
    updated_at: updatedAt === 0 ? null : iso(updatedAt),
  };
}

const outcomesIn = Type.Array(Type.Enum(outcomes), {
  minItems: 1,
  maxItems: outcomes.length,
  default: usualOutcomes,
  description: "What shoppers are told. `succeeded` comes with the receipt; `action_needed` is sent only while the shopper has not acted.",
});
const localeIn = Type.Enum([...emailLocales], {
  default: "en",
  description: "Language of shoppers whose own `customer.locale` does not say, nor `metadata.locale` of the payment.",
});
const lineOf = (maxLength: number, description: string) =>
  nullable(Type.String({ minLength: 1, maxLength, pattern: ONE_LINE, description }));
const fromNameIn = lineOf(100, "The sender's name; null: the merchant's name.");
const replyToIn = nullable(
  Type.String({
    minLength: 3,
    maxLength: 254,
    pattern: ASCII_EMAIL,
    description: "Where answers go, ASCII before the @; null: to the sender's address.",
  }),
);
const lineIn = lineOf(500, "Your own words below each message, e.g. how to reach you.");

export const emailSettingsSchema = component("EmailSettings", {
  object: Type.Literal("email_settings"),
  enabled: Type.Boolean(),
  from_name: fromNameIn,
  reply_to: replyToIn,
  line: lineIn,
  outcomes: Type.Array(Type.Enum(outcomes)),
  locale: Type.Enum([...emailLocales]),
  sent_by: nullable(
    Type.Enum(["smtp", "captured"], { description: "`captured`: messages are kept and not sent. Null: e-mail can't be turned on here." }),
  ),
  updated_at: nullable(timestamp("When they were changed.")),
});

const schemas = {
  get: {
    operationId: "retrieveEmailSettings",
    summary: "Get the e-mail settings",
    description: "Which outcomes shoppers are told by e-mail, if their payment has `customer.email`. Off until you turn it on.",
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("EmailSettings", "The settings."), ...errorAnswers("get", []) },
  },
  put: {
    operationId: "replaceEmailSettings",
    summary: "Replace the e-mail settings",
    description:
      "All of them at once: what is left out is set back to its default. What is owed is sent with the settings of that time, and is canceled once e-mail is turned off. Refused where the installation has no mail server.",
    tags,
    body: strict({
      enabled: Type.Boolean(),
      from_name: Type.Optional(fromNameIn),
      reply_to: Type.Optional(replyToIn),
      line: Type.Optional(lineIn),
      outcomes: Type.Optional(outcomesIn),
      locale: Type.Optional(localeIn),
    }),
    response: { 200: shows("EmailSettings", "The settings."), ...errorAnswers("write", ["invalid_state"]) },
  },
};
