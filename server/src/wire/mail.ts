import { dashboardUrlOf, type Config } from "../config.ts";
import type { Alarming } from "../core/ports/alarms.ts";
import { mailTo, type WhoSignsIn } from "../dashboard/open.ts";
import { mailBy } from "../deliveries/email/mail.ts";
import type { PostgresStorage } from "../storage/postgres/index.ts";

/** The ways to shoppers, to people of the dashboard, and to the operator. */
export function mailing(config: Config, { emails, alarms }: Pick<PostgresStorage, "emails" | "alarms">, who: WhoSignsIn) {
  const { operations: to } = config.mail;
  const alarming: Alarming | null = to === null ? null : { alarms, to, url: dashboardUrlOf(config) };
  return { mail: mailBy(config.mail, emails), people: mailTo(who), alarming };
}
