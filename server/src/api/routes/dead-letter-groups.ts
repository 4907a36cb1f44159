/** How many dead letters there are for each reason: what a list, which shows a page, can't say. */
import { Type } from "typebox";
import {
  DEAD_LETTERS_COUNTED_MAX,
  casePickOf,
  deadLetterKindsOf,
  deadLetterReasons,
  deliveryPickOf,
  type DeadLetterReason,
} from "../../core/dead-letters.ts";
import type { LetterCounts } from "../../core/ports/reads.ts";
import { idsBetween, namesOfEndpoint } from "../../flows/dead-letters/filter.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { errorAnswers, listOf, resource, shows } from "../schemas/common.ts";
import { filterOf, filterQuery, reasonNames, reasonText } from "./dead-letter-filter.ts";
import { mayReadDeliveries } from "./dead-letters.ts";

export function deadLetterGroupRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listDeadLetterGroups",
    summary: "Count dead letters by reason",
    description: `How many of what \`/v1/dead-letters\` lists there are for each reason, with the same filters. Exact up to ${DEAD_LETTERS_COUNTED_MAX} jobs and as many deliveries: the newest are looked at, and \`count_is_capped\` says that there are more.`,
    tags: ["Dead letters"],
    querystring: Type.Object(filterQuery),
    response: { 200: shows("DeadLetterGroupList", "A group for each reason."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/dead-letters/groups", { onRequest: api.guard("cases.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const [scope, wish] = [scopeOf(request), filterOf(request.query)];
    const maySee = mayReadDeliveries(request, request.query);
    const endpointIds = await namesOfEndpoint(deps.flows, scope, wish.endpointId);
    const of = maySee ? deliveryPickOf(wish, endpointIds) : null;
    const counts = await deps.reads.letterCounts(scope, {
      kinds: deadLetterKindsOf(wish.reason),
      cases: { ...casePickOf(wish, endpointIds), ...idsBetween("case", wish) },
      deliveries: of && { ...of, ...idsBetween("dlv", wish) },
    });
    const reasons = reasonNames.filter((one) => (wish.reason ?? one) === one && (maySee || one !== "delivery_failed"));
    const data = reasons.map((reason) => group.render({ reason, ...countOf(counts, reason) }));
    return sendText(reply, 200, JSON.stringify({ object: "list", data, has_more: false }));
  });
}

interface Group {
  readonly reason: DeadLetterReason;
  readonly count: number;
  readonly isCapped: boolean;
}

function countOf(counts: LetterCounts, reason: DeadLetterReason): Omit<Group, "reason"> {
  const { kind } = deadLetterReasons[reason];
  if (kind === null) return { count: counts.deliveries, isCapped: counts.deliveriesAreCapped };
  return { count: counts.cases.find((each) => each.kind === kind)?.count ?? 0, isCapped: counts.casesAreCapped };
}

const group = resource<Group>("DeadLetterGroup", {
  object: [Type.Literal("dead_letter_group"), () => "dead_letter_group"],
  reason: [Type.Enum(reasonNames, { description: reasonText }), ({ reason }) => reason],
  count: [Type.Integer({ minimum: 0, maximum: DEAD_LETTERS_COUNTED_MAX }), ({ count }) => count],
  count_is_capped: [
    Type.Boolean({ description: "True: there are more dead letters than are looked at, so that this is at least how many." }),
    ({ isCapped }) => isCapped,
  ],
});

export const deadLetterGroupSchema = group.schema;
export const deadLetterGroupListSchema = listOf("DeadLetterGroupList", "DeadLetterGroup");
