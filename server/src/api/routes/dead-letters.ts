/** Dead letters: work that Tillway cannot finish by itself, deliveries and jobs in one list. */
import { Type } from "typebox";
import type { FastifyRequest } from "fastify";
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Case, Delivery, Scope } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import { actorOf, type App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { unknownCursor } from "../lists.ts";
import { errorAnswers, listOf, nullable, resource, shows, timestamp } from "../schemas/common.ts";
import { mayBeRemoved } from "./deliveries.ts";

const reasons = {
  job_failing: "a job failed eight times and is tried hourly",
  delivery_failed: "a delivery's schedule is exhausted",
} as const;
type Reason = keyof typeof reasons;
const reasonNames = Object.keys(reasons) as Reason[];
const reasonText = Object.entries(reasons)
  .map(([reason, means]) => `\`${reason}\`: ${means}.`)
  .join(" ");

export function deadLetterRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listDeadLetters",
    summary: "List dead letters",
    description:
      "Jobs that go on failing, newest first, and after them deliveries that failed, newest first; these are shown to keys with the scope `webhooks`. A job leaves the list when it works or its case is resolved, a delivery when it is sent again.",
    tags: ["Dead letters"],
    querystring: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_LIMIT_MAX, default: LIST_LIMIT_DEFAULT, description: "How many." })),
      starting_after: Type.Optional(
        Type.String({
          maxLength: 64,
          pattern: "^(case|dlv)_[0-9A-HJKMNP-TV-Z]{26}$",
          description: "Id of the last row of the page before.",
        }),
      ),
      reason: Type.Optional(Type.Enum(reasonNames, { description: reasonText })),
    }),
    response: { 200: shows("DeadLetterList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/dead-letters", { onRequest: api.guard("cases"), schema }, async (request, reply) => {
    const { limit = LIST_LIMIT_DEFAULT, starting_after: startingAfter } = request.query;
    const reason = readableReason(request, request.query);
    const page = await deadLetters(deps, scopeOf(request), { limit, startingAfter, reason });
    return sendText(reply, 200, JSON.stringify({ object: "list", data: page.rows, has_more: page.hasMore }));
  });
}

/** Deliveries are shown to keys that may read them at `/v1/deliveries`. Throws `TillwayError` permission_denied if others ask for them. */
function readableReason(
  request: FastifyRequest,
  asked: { readonly reason?: Reason; readonly starting_after?: string },
): Reason | undefined {
  if (actorOf(request).scopes.includes("webhooks")) return asked.reason;
  const param = asked.reason === "delivery_failed" ? "reason" : asked.starting_after?.startsWith("dlv_") ? "starting_after" : null;
  if (param !== null)
    throw new TillwayError("permission_denied", { param, message: "This key lacks the scope webhooks, which shows deliveries." });
  return "job_failing";
}

interface Wish {
  readonly limit: number;
  readonly startingAfter: string | undefined;
  readonly reason: Reason | undefined;
}

/** The jobs' part of the list, then the deliveries'. A cursor says by its kind in which part the page begins. */
async function deadLetters(deps: ApiDeps, scope: Scope, { limit, startingAfter, reason }: Wish) {
  const isInDeliveries = startingAfter?.startsWith("dlv_") ?? false;
  const none = { rows: [], hasMore: false };
  const wantsJobs = reason !== "delivery_failed" && !isInDeliveries;
  const jobs = wantsJobs ? await deps.reads.cases(scope, { limit, startingAfter, status: "open", kind: "dead_job" }) : none;
  if (jobs === "unknown_cursor") throw unknownCursor("starting_after");
  const rows: unknown[] = jobs.rows.map(jobLetter.render);
  if (jobs.hasMore || reason === "job_failing") return { rows, hasMore: jobs.hasMore };
  // A full page asks for one delivery all the same, to know whether there are more.
  const room = limit - rows.length;
  const page = { limit: Math.max(1, room), startingAfter: isInDeliveries ? startingAfter : undefined };
  const found = await deps.reads.deliveries(scope, { ...page, status: "failed", mayBeRemoved: mayBeRemoved(deps, scope, page) });
  if (found === "unknown_cursor") throw unknownCursor("starting_after");
  const shown = found.rows.slice(0, room).map(deliveryLetter.render);
  return { rows: [...rows, ...shown], hasMore: found.hasMore || shown.length < found.rows.length };
}

/** What the runner of jobs writes into the case (`flows/jobs/run.ts`). */
interface Evidence {
  readonly job?: { readonly id?: string; readonly kind?: string; readonly subject?: string; readonly queue?: string };
  readonly reason?: string;
}

const evidenceOf = (row: Case): Evidence => row.evidence;

const members = {
  object: [Type.Literal("dead_letter"), () => "dead_letter"],
} as const;

const kind = Type.String({ description: "The kind of the job, e.g. ask; webhook for a delivery.", examples: ["webhook"] });
const subject = Type.String({ description: "What the work is about: an id of a payment, a delivery or a gateway's event." });
const detail = nullable(Type.String({ description: "What went wrong last. For people; may change." }));
const status = nullable(Type.Integer({ description: "What your endpoint answered last; null for a job, or if no answer came." }));
const fields = {
  id: Type.String({ description: "Of the delivery (`dlv_`), or of the job's case (`case_`)." }),
  reason: Type.Enum(reasonNames, { description: reasonText }),
  kind,
  subject,
  queue: Type.String(),
  payment_id: nullable(Type.String()),
  detail,
  last_status_code: status,
  at: nullable(timestamp("When it became a dead letter.")),
};

const jobLetter = resource<Case>("DeadLetter", {
  id: [fields.id, (row) => row.id],
  ...members,
  reason: [fields.reason, () => "job_failing"],
  kind: [fields.kind, (row) => evidenceOf(row).job?.kind ?? "unknown"],
  subject: [fields.subject, (row) => evidenceOf(row).job?.subject ?? row.subject],
  queue: [fields.queue, (row) => evidenceOf(row).job?.queue ?? "unknown"],
  payment_id: [fields.payment_id, (row) => row.paymentId],
  detail: [fields.detail, (row) => evidenceOf(row).reason ?? null],
  last_status_code: [fields.last_status_code, () => null],
  at: [fields.at, (row) => iso(row.openedAt)],
});

const deliveryLetter = resource<Delivery>(null, {
  id: [fields.id, (row) => row.id],
  ...members,
  reason: [fields.reason, () => "delivery_failed"],
  kind: [fields.kind, () => "webhook"],
  subject: [fields.subject, (row) => row.id],
  queue: [fields.queue, () => "webhook-queue"],
  payment_id: [fields.payment_id, (row) => row.paymentId],
  detail: [fields.detail, (row) => `${row.eventType} to ${row.endpointId} failed ${row.tries} ${row.tries === 1 ? "time" : "times"}.`],
  last_status_code: [fields.last_status_code, (row) => row.lastStatusCode],
  at: [fields.at, (row) => (row.finishedAt === null ? null : iso(row.finishedAt))],
});

export const deadLetterSchema = jobLetter.schema;
export const deadLetterListSchema = listOf("DeadLetterList", "DeadLetter");
