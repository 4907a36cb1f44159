/** Cases: what a person must look at; list, get, resolve. */
import { Type } from "typebox";
import { caseKinds, type CaseKind } from "../../core/case-kinds.ts";
import type { Page } from "../../core/ports/reads.ts";
import { representCase } from "../../core/represent.ts";
import { caseMachine, type CaseStatus } from "../../core/states.ts";
import { CASES_AT_ONCE_MAX, resolveCases } from "../../flows/cases/resolve-many.ts";
import { resolveCaseOnce } from "../../flows/cases/resolve.ts";
import { actorOf, type App } from "../../http/app.ts";
import { callerOf, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { getRoute } from "../get-route.ts";
import { listText } from "../lists.ts";
import { refuseCardsIn } from "../payment-input.ts";
import { timeOf } from "../times.ts";
import {
  component,
  errorAnswers,
  idempotencyHeader,
  idParams,
  idPattern,
  listOf,
  nullable,
  pageQuery,
  shows,
  strict,
  timeIn,
  timestamp,
} from "../schemas/common.ts";

export function caseRoutes(api: App, deps: ApiDeps): void {
  listRoute(api, deps);
  getRoute(api, {
    noun: "Case",
    tag: "Cases",
    path: "/v1/cases/:id",
    prefix: "case",
    permission: "cases.read",
    description: "As it is now, with what to do about it.",
    read: (scope, id) => deps.flows.store.case(scope, { id }),
    text: (row) => JSON.stringify(representCase(row)),
  });
  resolveRoute(api, deps);
  resolveManyRoute(api, deps);
}

const tags = ["Cases"];
const statuses = Object.keys(caseMachine.states) as CaseStatus[];
const kinds = Object.keys(caseKinds) as CaseKind[];

const listCasesQuery = Type.Object({
  ...pageQuery("case"),
  status: Type.Optional(Type.Enum(statuses)),
  kind: Type.Optional(Type.Enum(kinds)),
  payment_id: Type.Optional(Type.String({ pattern: idPattern("pay"), description: "Those about this payment." })),
});

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listCases",
    summary: "List cases, newest first",
    description: "What a person should look at, with its evidence.",
    tags,
    querystring: listCasesQuery,
    response: { 200: shows("CaseList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/cases", { onRequest: api.guard("cases.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { status, kind, payment_id: paymentId } = request.query;
    const read = (page: Page) => deps.reads.cases(scopeOf(request), { ...page, status, kind, paymentId });
    return sendText(reply, 200, await listText(request.query, { prefix: "case", read, render: representCase }));
  });
}

const resolveCaseBody = strict({
  reason: Type.String({ minLength: 1, maxLength: 1_000, description: "What was found or done. No card numbers." }),
  by: Type.String({ minLength: 1, maxLength: 200, description: "The name of the person who says so." }),
});

function resolveRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "resolveCase",
    summary: "Resolve a case as a person",
    description: "Says that a person has settled it, with the reason. It moves no money and stops no question, and no rule opens it again.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: resolveCaseBody,
    response: { 200: shows("Case", "The case, resolved."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  };
  api.post("/v1/cases/:id/resolve", { onRequest: api.guard("cases.resolve"), schema }, async (request, reply) => {
    const caller = callerOf(deps, request);
    refuseCardsIn(request.body, {});
    // A person can't resolve in another's name; whoever has a key says who it was.
    const by = actorOf(request).person?.email ?? request.body.by;
    return sendAnswer(reply, await resolveCaseOnce(deps.flows, caller, pathId(request, "case"), { ...request.body, by }));
  });
}

/** All at once are resolved by nobody: which ones must be said. */
const resolveCasesBody = strict({
  filter: Type.Object(
    {
      kind: Type.Optional(Type.Enum(kinds)),
      from: timeIn("Not opened before this."),
      before: timeIn("Opened before this."),
    },
    {
      additionalProperties: false,
      minProperties: 1,
      description: "At least one of these. Only open cases match.",
      examples: [{ kind: "overdue" }],
    },
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: CASES_AT_ONCE_MAX, default: CASES_AT_ONCE_MAX, description: "How many at most." }),
  ),
  dry_run: Type.Optional(Type.Boolean({ default: false, description: "Only counts." })),
  ...resolveCaseBody.properties,
});

function resolveManyRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "resolveCases",
    summary: "Resolve all cases that match",
    description:
      "The oldest first, in one commit. `dry_run` counts and changes nothing. One request takes at most `limit`; while `has_more` is true, send another one (with another Idempotency-Key). Like resolving one, it moves no money and stops no question.",
    tags,
    headers: idempotencyHeader,
    body: resolveCasesBody,
    response: { 200: shows("CaseResolutions", "What matched."), ...errorAnswers("write", []) },
  };
  api.post("/v1/cases/resolve", { onRequest: api.guard("cases.resolve"), schema }, async (request, reply) => {
    const { filter, limit = CASES_AT_ONCE_MAX, dry_run: dryRun = false, reason, by: name } = request.body;
    refuseCardsIn({ reason, by: name }, {});
    const by = actorOf(request).person?.email ?? name;
    const [from, before] = [timeOf("filter.from", filter.from), timeOf("filter.before", filter.before)];
    const wish = { kind: filter.kind, from, before, limit, dryRun };
    return sendAnswer(reply, await resolveCases(deps.flows, callerOf(deps, request), { reason, by }, wish));
  });
}

export const caseResolutionsSchema = component("CaseResolutions", {
  object: Type.Literal("case_resolutions"),
  dry_run: Type.Boolean(),
  matched: Type.Integer({ description: "How many match, up to the limit." }),
  changed: Type.Integer({ description: "How many were resolved: 0 in a dry run." }),
  has_more: Type.Boolean({ description: "More match than the limit; false in a dry run." }),
  oldest_at: nullable(timestamp("When the oldest of them was opened.")),
  newest_at: nullable(timestamp("The same of the newest.")),
});

export const caseSchema = component("Case", {
  id: Type.String(),
  object: Type.Literal("case"),
  kind: Type.Enum(kinds, {
    description: Object.entries(caseKinds)
      .map(([kind, { means }]) => `\`${kind}\`: ${means}`)
      .join("\n\n"),
  }),
  subject: Type.String({ description: "What it is about: an id." }),
  payment_id: nullable(Type.String()),
  status: Type.Enum(statuses),
  summary: Type.String(),
  what_to_do: Type.String({ description: "For the person who looks at it." }),
  evidence: Type.Record(Type.String(), Type.Unknown()),
  opened_at: timestamp("When it was opened."),
  resolved_at: nullable(timestamp("When it was closed.")),
  resolved_by: nullable(Type.Enum(["answer", "person"])),
  resolution: nullable(Type.String({ description: "What the person found or did." })),
  resolved_by_name: nullable(Type.String({ description: "The person who resolved it." })),
});

export const caseListSchema = listOf("CaseList", "Case");
