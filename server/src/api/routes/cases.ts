/** Cases: a list of what a person must look at. */
import { Type } from "typebox";
import { caseKinds } from "../../core/case-kinds.ts";
import type { Case } from "../../core/model.ts";
import type { Page } from "../../core/ports/reads.ts";
import { iso } from "../../core/represent.ts";
import { caseMachine, type CaseStatus } from "../../core/states.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { listText } from "../lists.ts";
import { errorAnswers, listOf, nullable, pageQuery, resource, shows, time, timestamp } from "../schemas/common.ts";

export function caseRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listCases",
    summary: "List cases, newest first",
    description: "What a person should look at, with its evidence.",
    tags: ["Cases"],
    querystring: listCasesQuery,
    response: { 200: shows("CaseList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/cases", { onRequest: api.guard("cases"), schema }, async (request, reply) => {
    const { status } = request.query;
    const read = (page: Page) => deps.reads.cases(scopeOf(request), { ...page, status });
    return sendText(reply, 200, await listText(request.query, { prefix: "case", read, render: caseShown.render }));
  });
}

const statuses = Object.keys(caseMachine.states) as CaseStatus[];

const listCasesQuery = Type.Object({ ...pageQuery("case"), status: Type.Optional(Type.Enum(statuses)) });

const kinds = Object.entries(caseKinds).map(([kind, { means }]) => `\`${kind}\`: ${means}`);

export const caseShown = resource<Case>("Case", {
  id: [Type.String(), (row) => row.id],
  object: [Type.Literal("case"), () => "case"],
  kind: [Type.String({ description: kinds.join("\n\n") }), (row) => row.kind],
  subject: [Type.String({ description: "What it is about: an id." }), (row) => row.subject],
  payment_id: [nullable(Type.String()), (row) => row.paymentId],
  status: [Type.Enum(statuses), (row) => row.status],
  summary: [Type.String(), (row) => row.summary],
  evidence: [Type.Record(Type.String(), Type.Unknown()), (row) => row.evidence],
  opened_at: [timestamp("When it was opened."), (row) => iso(row.openedAt)],
  resolved_at: time("When it was closed.", (row) => row.resolvedAt),
  resolved_by: [nullable(Type.Enum(["answer", "person"])), (row) => row.resolvedBy],
  resolution: [nullable(Type.String({ description: "What the person found or did." })), (row) => row.resolution],
  resolved_by_name: [nullable(Type.String({ description: "The person who resolved it." })), (row) => row.resolvedByName],
});

export const caseListSchema = listOf("CaseList", "Case");
