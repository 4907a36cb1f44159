import type { CaseKind } from "./case-kinds.ts";
import type { Case, Job } from "./model.ts";

/** Why something is a dead letter, with the kind of the case that says so. A delivery says so itself. */
export const deadLetterReasons = {
  job_failing: { means: "a job failed eight times and is tried hourly", kind: "dead_job" },
  malformed: { means: "a gateway's webhook, or a job, that this program can't read", kind: "malformed_message" },
  unmatched: { means: "a gateway's event that belongs to no attempt of the account", kind: "unmatched_gateway_event" },
  delivery_failed: { means: "a delivery's schedule is exhausted", kind: null },
} as const satisfies Readonly<Record<string, { readonly means: string; readonly kind: CaseKind | null }>>;

export type DeadLetterReason = keyof typeof deadLetterReasons;

/** The kinds of cases that are dead letters for this reason, or for any. */
export function deadLetterKindsOf(reason?: DeadLetterReason): CaseKind[] {
  const rows = reason === undefined ? Object.values(deadLetterReasons) : [deadLetterReasons[reason]];
  return rows.flatMap(({ kind }) => kind ?? []);
}

export const deadLetterKinds: readonly CaseKind[] = deadLetterKindsOf();

/** A case without a job is about a gateway's event: the work that its replay makes. */
export const parkedWork = { kind: "gateway-event", queue: "payment-queue" } as const satisfies Pick<Job, "kind" | "queue">;

/** The work that a case of a dead letter is about. */
export function workOf({ evidence }: Pick<Case, "evidence">): Pick<Job, "kind" | "queue"> & { readonly subject: string | undefined } {
  const job = evidence["job"] as Partial<Pick<Job, "kind" | "queue" | "subject">> | undefined;
  return { kind: job?.kind ?? parkedWork.kind, queue: job?.queue ?? parkedWork.queue, subject: job?.subject };
}

/** The jobs that send a delivery. */
export const deliveryJobKinds: readonly string[] = ["webhook", "email"];

export const DELIVERIES_NEED_WEBHOOKS = "This key lacks the scope webhooks, which shows deliveries.";
