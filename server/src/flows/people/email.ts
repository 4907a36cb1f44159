/** The e-mails to people of the dashboard: an invitation to a team, and the link to another password. */
import { held } from "../../core/change/parts.ts";
import { NO_MAIL_GAP_MS } from "../../core/constants.ts";
import type { Job } from "../../core/model.ts";
import { roles } from "../../core/permissions.ts";
import type { Letter } from "../../core/ports/mail.ts";
import { nextJobRunAt } from "../../core/schedules.ts";
import { commit } from "../commit.ts";
import type { Deps, PeopleMail } from "../deps.ts";
import { done, obsolete, type Handled } from "../jobs/handled.ts";

/** One try. A link that was used or called off meanwhile is not sent, and what the mail server refuses for good is not tried again. */
export async function sendPersonEmail(deps: Deps, job: Job): Promise<Handled> {
  const now = deps.clock.now();
  if (!deps.mail || !deps.people) return { outcome: "retry", at: now + NO_MAIL_GAP_MS, failed: "SMTP_URL is not set for this worker" };
  const words = await wordsOf(deps.people, job.subject, now);
  if (words === null) return obsolete;
  const { merchantId, mode, subject, createdAt } = job;
  const id = `dlv_${subject.slice(subject.indexOf("_") + 1)}`;
  const result = await deps.mail.sendLetter({ merchantId, mode, id, ...words, writtenAt: createdAt, now });
  if (!result.ok && !result.isPermanent) {
    const failed = `the mail server: ${result.error ?? result.statusCode ?? "no answer"}`;
    return { outcome: "retry", at: nextJobRunAt(deps.clock.now(), job.tries), failed };
  }
  if (!result.ok) deps.log.warn({ subject, status_code: result.statusCode, error: result.error }, "an e-mail is given up");
  await commit(deps, { merchantId, mode, ...held(job) });
  return done;
}

type Words = Pick<Letter, "to" | "subject" | "paragraphs" | "link">;

/** Null: there is nothing to say any more. */
async function wordsOf(people: PeopleMail, id: string, now: number): Promise<Words | null> {
  if (id.startsWith("inv_")) {
    const found = await people.invitation(id);
    if (found === null || found.usedAt !== null || found.revokedAt !== null || found.expiresAt <= now) return null;
    const by = found.invitedBy === null ? "You are invited" : `${found.invitedBy} invites you`;
    return {
      to: found.email,
      subject: `Join ${found.merchantName} on Tillway`,
      paragraphs: [
        `${by} to the team of ${found.merchantName} as ${found.role.replace("_", " ")}: ${roles[found.role]}.`,
        "The link works once, for seven days.",
      ],
      link: { label: "Accept the invitation", url: people.linkTo(id) },
    };
  }
  const reset = await people.reset(id);
  if (reset === null || reset.usedAt !== null || reset.expiresAt <= now) return null;
  return {
    to: reset.email,
    subject: "A new password for Tillway",
    paragraphs: [
      "Somebody asked for a new password for this address. The link works once, for one hour; it ends all sessions.",
      "If it was not you, do nothing: your password stays as it is.",
    ],
    link: { label: "Choose a new password", url: people.linkTo(id) },
  };
}
