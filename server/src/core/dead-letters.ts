import type { CaseKind } from "./case-kinds.ts";
import type { Case, Delivery, DeliveryTry, Job, Ms } from "./model.ts";
import type { QueueName } from "./queues.ts";

/** The newest of a merchant that are counted by reason, and the newest failed deliveries whose answers are looked through for a text: some 100 ms. */
export const DEAD_LETTERS_COUNTED_MAX = 10_000;

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

/** What people pick dead letters by. All that is given must hold. */
export interface DeadLetterFilter {
  readonly reason?: DeadLetterReason;
  readonly queue?: QueueName;
  /** Of the work: `webhook` or `email` for deliveries, `gateway-event`, or the kind of a job. */
  readonly kind?: string;
  /** That the delivery, or the job that should send one, goes to. */
  readonly endpointId?: string;
  /** By when the case was opened, or the delivery owed. */
  readonly from?: Ms;
  readonly before?: Ms;
  /** Stands in what went wrong last, in capitals or not. */
  readonly text?: string;
}

/** A filter as storage takes it, of cases. */
export interface CasePick {
  /** Of the job that the evidence names; of a case about a gateway's event this is `gateway-event`. */
  readonly jobKind?: string;
  readonly jobQueue?: QueueName;
  /** Of the delivery that the job should send. */
  readonly endpointIds?: readonly string[];
  readonly text?: string;
}

/** The same, of deliveries. */
export interface DeliveryPick {
  readonly channel?: Delivery["channel"];
  readonly endpointIds?: readonly string[];
  /** In the error or the answer of the last try. A list shows what fits of the newest failed ones only. */
  readonly text?: string;
}

/** @param endpointIds of the endpoint that is asked for, under each of its names */
export function casePickOf({ kind, queue, text }: DeadLetterFilter, endpointIds: readonly string[] | undefined): CasePick {
  return { jobKind: kind, jobQueue: queue, endpointIds, text };
}

/** Null: no delivery fits. */
export function deliveryPickOf(
  { reason, kind, queue, text }: DeadLetterFilter,
  endpointIds: readonly string[] | undefined,
): DeliveryPick | null {
  const isOfDeliveries =
    (reason ?? "delivery_failed") === "delivery_failed" &&
    (queue ?? "webhook-queue") === "webhook-queue" &&
    deliveryJobKinds.includes(kind ?? "webhook");
  return isOfDeliveries ? { channel: kind as Delivery["channel"] | undefined, endpointIds, text } : null;
}

/** What went wrong last, as its case says. */
export function caseFailure({ evidence, summary }: Pick<Case, "evidence" | "summary">): string {
  return (evidence["reason"] as string | undefined) ?? summary;
}

/** What went wrong at this try: why no answer came, or the answer. */
export function tryFailure({ error, statusCode, response }: Pick<DeliveryTry, "error" | "statusCode" | "response">): string {
  return [error, statusCode === null ? null : `HTTP ${statusCode}`, response].filter((part) => part !== null).join(": ");
}

export function holdsText(whole: string, part: string | undefined): boolean {
  return part === undefined || whole.toLowerCase().includes(part.toLowerCase());
}

export const DELIVERIES_NEED_WEBHOOKS = "This key lacks the scope webhooks, which shows deliveries.";
