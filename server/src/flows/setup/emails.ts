/** What a merchant sets about e-mail to shoppers. */
import { noEmailSettings } from "../../core/email.ts";
import { TillwayError } from "../../core/errors.ts";
import type { EmailSettings, Scope } from "../../core/model.ts";
import { contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";

export type EmailWish = Omit<EmailSettings, keyof Scope | "id" | "updatedAt">;

/** As they stand; turned off if the merchant never set any. */
export async function emailSettings(deps: Deps, scope: Scope): Promise<EmailSettings> {
  return (await deps.settings.emailSettings(scope)) ?? noEmailSettings(scope, "");
}

/** Puts them in the place of those that stand. Throws `TillwayError` invalid_state if they turn on what this installation cannot send. */
export async function replaceEmailSettings(deps: Deps, { merchantId, mode }: Scope, wish: EmailWish): Promise<EmailSettings> {
  if (wish.enabled && !deps.mail)
    throw new TillwayError("invalid_state", {
      param: "enabled",
      message:
        "E-mail can't be turned on: this installation has no mail server. Whoever runs it sets SMTP_URL for the API and its workers.",
    });
  const { now, id } = contextOf(deps);
  const settings = await deps.settings.putEmailSettings({ merchantId, mode, ...wish, id: id("eml"), updatedAt: now });
  deps.log.info({ merchant_id: merchantId, mode, enabled: settings.enabled }, "the e-mail settings were changed");
  return settings;
}
