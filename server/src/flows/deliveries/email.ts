import { NO_MAIL_GAP_MS } from "../../core/constants.ts";
import { decideCanceled, decideMailTry } from "../../core/decide/delivery.ts";
import type { Job } from "../../core/model.ts";
import type { Deps } from "../deps.ts";
import { done, obsolete, type Handled } from "../jobs/handled.ts";

/**
 * One try of one e-mail, as of a webhook: the log row, and the next try or the end, in one commit. What the merchant has turned off
 * meanwhile is not sent, and a word that the shopper must act is not sent when that is over. A process without a way out leaves the job to
 * the others and says so.
 */
export async function sendEmail(deps: Deps, job: Job): Promise<Handled> {
  const load = await deps.store.delivery(job, job.subject);
  if (!load || load.delivery.status !== "pending") return obsolete;
  const { delivery, event, mail } = load;
  const to = mail?.payment.customer?.email;
  const isOver = event.type === "payment.requires_action" && mail?.payment.status !== "requires_action";
  if (!mail?.settings?.enabled || to === undefined || isOver) {
    await deps.store.commit(decideCanceled(load, job, deps.clock.now()).change);
    return done;
  }
  if (!deps.mail) return { outcome: "retry", at: deps.clock.now() + NO_MAIL_GAP_MS, failed: "SMTP_URL is not set for this worker" };
  const at = deps.clock.now();
  const result = await deps.mail.send({ delivery, event, ...mail, settings: mail.settings, to, now: at });
  const random = deps.options.webhookJitter ? deps.random.float() : 0.5;
  const pace = { gapsMs: deps.options.webhookScheduleMs, random, now: deps.clock.now() };
  const { change, after } = decideMailTry(load, job, { at, result }, pace);
  if ((await deps.store.commit(change)) === "applied" && after.status === "failed") {
    const { id: delivery_id, tries } = after;
    deps.log.warn({ delivery_id, tries, status_code: result.statusCode, error: result.error }, "an e-mail is given up");
  }
  return done;
}
