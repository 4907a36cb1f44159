/** Dead letters: work that Tillway cannot finish by itself, deliveries and jobs in one list. */
import { Type } from "typebox";
import type { FastifyRequest } from "fastify";
import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from "../../core/constants.ts";
import {
  caseFailure,
  casePickOf,
  DELIVERIES_NEED_WEBHOOKS,
  deadLetterKindsOf,
  deadLetterReasons,
  deliveryPickOf,
  tryFailure,
  workOf,
  type DeadLetterFilter,
  type DeadLetterReason,
} from "../../core/dead-letters.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Case, Delivery, DeliveryTry, Scope } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import { isPermitted } from "../../core/permissions.ts";
import { idsBetween, namesOfEndpoint } from "../../flows/dead-letters/filter.ts";
import { actorOf, type App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { unknownCursor } from "../lists.ts";
import { errorAnswers, listOf, nullable, resource, shows, timestamp } from "../schemas/common.ts";
import { filterOf, filterQuery, reasonNames, reasonText } from "./dead-letter-filter.ts";
import { mayBeRemoved } from "./deliveries.ts";

export function deadLetterRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listDeadLetters",
    summary: "List dead letters",
    description:
      "Jobs that go on failing and messages that can't be read or matched, newest first, and after them deliveries that failed, newest first; these are shown to keys with the scope `webhooks`. A job leaves the list when it works or its case is resolved, a delivery when it is sent again; a person replays or discards any of them.",
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
      ...filterQuery,
    }),
    response: { 200: shows("DeadLetterList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/dead-letters", { onRequest: api.guard("cases.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { limit = LIST_LIMIT_DEFAULT, starting_after: startingAfter } = request.query;
    const deliveries = mayReadDeliveries(request, request.query);
    const page = await deadLetters(deps, scopeOf(request), { ...filterOf(request.query), limit, startingAfter, deliveries });
    return sendText(reply, 200, JSON.stringify({ object: "list", data: page.rows, has_more: page.hasMore }));
  });
}

/** Deliveries are shown to keys that may read them at `/v1/deliveries`. Throws `TillwayError` permission_denied if others ask for them. */
export function mayReadDeliveries(
  request: FastifyRequest,
  asked: { readonly reason?: DeadLetterReason; readonly starting_after?: string },
): boolean {
  if (isPermitted(actorOf(request), "webhooks.read")) return true;
  const param = asked.reason === "delivery_failed" ? "reason" : asked.starting_after?.startsWith("dlv_") ? "starting_after" : null;
  if (param !== null) throw new TillwayError("permission_denied", { param, message: DELIVERIES_NEED_WEBHOOKS });
  return false;
}

interface Wish extends DeadLetterFilter {
  readonly limit: number;
  readonly startingAfter: string | undefined;
  readonly deliveries: boolean;
}

/** The jobs' part of the list, then the deliveries'. A cursor says by its kind in which part the page begins. */
async function deadLetters(deps: ApiDeps, scope: Scope, wish: Wish) {
  const { limit, startingAfter, reason } = wish;
  const endpointIds = await namesOfEndpoint(deps.flows, scope, wish.endpointId);
  const isInDeliveries = startingAfter?.startsWith("dlv_") ?? false;
  const none = { rows: [], hasMore: false };
  const wantsJobs = reason !== "delivery_failed" && !isInDeliveries;
  const pick = { status: "open", kinds: deadLetterKindsOf(reason), ...casePickOf(wish, endpointIds), ...idsBetween("case", wish) } as const;
  const jobs = wantsJobs ? await deps.reads.cases(scope, { limit, startingAfter, ...pick }) : none;
  if (jobs === "unknown_cursor") throw unknownCursor("starting_after");
  const rows: unknown[] = jobs.rows.map(jobLetter.render);
  const of = wish.deliveries ? deliveryPickOf(wish, endpointIds) : null;
  if (jobs.hasMore || of === null) return { rows, hasMore: jobs.hasMore };
  // A full page asks for one delivery all the same, to know whether there are more.
  const room = limit - rows.length;
  const page = { limit: Math.max(1, room), startingAfter: isInDeliveries ? startingAfter : undefined };
  const where = { ...of, ...idsBetween("dlv", wish), status: "failed", mayBeRemoved: mayBeRemoved(deps, scope, page) } as const;
  const found = await deps.reads.deliveries(scope, { ...page, ...where });
  if (found === "unknown_cursor") throw unknownCursor("starting_after");
  const shown = await withLastTries(deps, scope, found.rows.slice(0, room));
  return { rows: [...rows, ...shown], hasMore: found.hasMore || shown.length < found.rows.length };
}

async function withLastTries({ reads }: ApiDeps, scope: Scope, rows: readonly Delivery[]): Promise<unknown[]> {
  const tries = await reads.lastTries(
    scope,
    rows.map(({ id }) => id),
  );
  const last = new Map(tries.map((each) => [each.deliveryId, each]));
  return rows.map((row) => deliveryLetter.render({ ...row, last: last.get(row.id) }));
}

interface FailedDelivery extends Delivery {
  /** Undefined: it was never tried. */
  readonly last: DeliveryTry | undefined;
}

/** Of an answer's text, in the list. */
const DETAIL_MAX = 300;

function deliveryDetail({ eventType, endpointId, tries, last }: FailedDelivery): string {
  const what = `${eventType} to ${endpointId} failed ${tries} ${tries === 1 ? "time" : "times"}`;
  if (last === undefined) return `${what}.`;
  // No half of a character where it is cut.
  return `${what}: ${tryFailure(last)
    .slice(0, DETAIL_MAX)
    .replace(/\p{Surrogate}/gu, "")}`;
}

const members = {
  object: [Type.Literal("dead_letter"), () => "dead_letter"],
} as const;

const kind = Type.String({
  description: "The kind of the work, e.g. ask; webhook for a delivery, gateway-event for what a gateway sent.",
  examples: ["webhook"],
});
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
  reason: [fields.reason, (row) => reasonNames.find((reason) => deadLetterReasons[reason].kind === row.kind)],
  kind: [fields.kind, (row) => workOf(row).kind],
  subject: [fields.subject, (row) => workOf(row).subject ?? row.subject],
  queue: [fields.queue, (row) => workOf(row).queue],
  payment_id: [fields.payment_id, (row) => row.paymentId],
  detail: [fields.detail, caseFailure],
  last_status_code: [fields.last_status_code, () => null],
  at: [fields.at, (row) => iso(row.openedAt)],
});

const deliveryLetter = resource<FailedDelivery>(null, {
  id: [fields.id, (row) => row.id],
  ...members,
  reason: [fields.reason, () => "delivery_failed"],
  kind: [fields.kind, (delivery) => delivery.channel],
  subject: [fields.subject, (row) => row.id],
  queue: [fields.queue, () => "webhook-queue"],
  payment_id: [fields.payment_id, (row) => row.paymentId],
  detail: [fields.detail, deliveryDetail],
  last_status_code: [fields.last_status_code, (row) => row.lastStatusCode],
  at: [fields.at, (row) => (row.finishedAt === null ? null : iso(row.finishedAt))],
});

export const deadLetterSchema = jobLetter.schema;
export const deadLetterListSchema = listOf("DeadLetterList", "DeadLetter");
