import { knownPage, pageOf, scopeOf, sendText } from "../answers.ts";
import type { ApiDeps } from "../deps.ts";
import type { App } from "../../http/app.ts";
import { renderCase, renderList } from "../render.ts";
import { listCasesQuery } from "../schemas/case.ts";
import { errorAnswers, shows } from "../schemas/common.ts";

/** What a person must look at. */
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
    const page = knownPage(
      await deps.reads.cases(scopeOf(request), { ...pageOf(request.query, "case"), status: request.query.status }),
      request.query,
    );
    return sendText(reply, 200, renderList(page, renderCase));
  });
}
