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
import { component, errorAnswers, listOf, nullable, pageQuery, shows, timestamp } from "../schemas/common.ts";

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
    return sendText(reply, 200, await listText(request.query, { prefix: "case", read, render: renderCase }));
  });
}

const statuses = Object.keys(caseMachine.states) as CaseStatus[];

export const listCasesQuery = Type.Object({ ...pageQuery("case"), status: Type.Optional(Type.Enum(statuses)) });

export const caseSchema = component("Case", {
  id: Type.String(),
  object: Type.Literal("case"),
  kind: Type.String({
    description: Object.entries(caseKinds)
      .map(([kind, { means }]) => `\`${kind}\`: ${means}`)
      .join("\n\n"),
  }),
  subject: Type.String({ description: "What it is about: an id." }),
  payment_id: nullable(Type.String()),
  status: Type.Enum(statuses),
  summary: Type.String(),
  evidence: Type.Record(Type.String(), Type.Unknown()),
  opened_at: timestamp("When it was opened."),
  resolved_at: nullable(timestamp("When it was closed.")),
  resolved_by: nullable(Type.Enum(["answer", "person"])),
  resolution: nullable(Type.String({ description: "What the person found or did." })),
  resolved_by_name: nullable(Type.String({ description: "The person who resolved it." })),
});

export const caseListSchema = listOf("CaseList", "Case");

export function renderCase(row: Case): Record<string, unknown> {
  return {
    id: row.id,
    object: "case",
    kind: row.kind,
    subject: row.subject,
    payment_id: row.paymentId,
    status: row.status,
    summary: row.summary,
    evidence: row.evidence,
    opened_at: iso(row.openedAt),
    resolved_at: row.resolvedAt === null ? null : iso(row.resolvedAt),
    resolved_by: row.resolvedBy,
    resolution: row.resolution,
    resolved_by_name: row.resolvedByName,
  };
}
