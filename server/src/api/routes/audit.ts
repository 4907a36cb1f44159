/** The audit log as a file that anybody can check, and the hash by which it is known. */
import { Readable } from "node:stream";
import { Type } from "typebox";
import type { Seal } from "../../core/audit/seals.ts";
import { iso } from "../../core/represent.ts";
import { auditLines } from "../../flows/audit/export.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { headOnly, sendLong, whileAllowed } from "../long-answers.ts";
import { errorAnswers, nullable, resource, shows, timeIn, timestamp } from "../schemas/common.ts";
import { timeOf } from "../times.ts";

export function auditRoutes(api: App, { audit }: ApiDeps): void {
  const onRequest = api.guard("audit.read");
  api.get("/v1/audit/head", { onRequest, schema: schemas.head }, async (request, reply) =>
    sendText(reply, 200, JSON.stringify(auditHeadShown.render(await audit.head(scopeOf(request).merchantId)))),
  );
  api.get("/v1/audit/export", { onRequest, schema: schemas.export, config: { load: "list" } }, async (request, reply) => {
    const { created_from: from, created_before: until } = request.query;
    const span = { from: timeOf("created_from", from) ?? null, until: timeOf("created_before", until) ?? null };
    const headers = { "content-type": "application/x-ndjson", "content-disposition": 'attachment; filename="audit.ndjson"' };
    const head = headOnly(request, reply, headers);
    if (head !== null) return head;
    const lines = Readable.from(auditLines(audit, scopeOf(request).merchantId, span));
    return sendLong(
      reply,
      headers,
      whileAllowed(lines, () => api.stillAllowed(request, "audit.read")),
    );
  });
}

export const auditHeadShown = resource<Seal | null>("AuditHead", {
  object: [Type.Literal("audit_head"), () => "audit_head"],
  seal: [
    nullable(Type.Integer({ description: "The number of the newest seal; null: nothing was sealed yet." })),
    (seal) => seal?.n ?? null,
  ],
  hash: [
    nullable(
      Type.String({ description: "Note it outside: `tillway audit verify FILE --head HASH` sees whether seals up to it are missing." }),
    ),
    (seal) => seal?.hash ?? null,
  ],
  rows: [
    Type.Integer({ format: "int64", description: "Events and admin actions that are sealed, of both modes." }),
    (seal) => (seal === null ? 0 : seal.firstRow + seal.count - 1),
  ],
  sealed_at: [nullable(timestamp("When it was sealed.")), (seal) => (seal === null ? null : iso(seal.sealedAt))],
});

const tags = ["Audit"];

const schemas = {
  head: {
    operationId: "getAuditHead",
    summary: "Get the newest seal",
    description:
      "Its hash names all events and admin actions of the merchant up to it, in both modes. Nobody can change one of them without changing it.",
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("AuditHead", "The newest seal."), ...errorAnswers("get", []) },
  },
  export: {
    operationId: "exportAudit",
    summary: "Export the audit log",
    description:
      "Events, admin actions and seals of both modes in the order of commits, one JSON object a line. `tillway audit verify FILE` checks it " +
      "without any database. It breaks off within seconds once the key, session or right of its caller has ended. Of a part in time the other rows of its seals are hashes.",
    tags,
    querystring: Type.Object({
      created_from: timeIn("What is older is left out."),
      created_before: timeIn("What is not older is left out."),
    }),
    response: {
      200: { description: "The lines.", content: { "application/x-ndjson": { schema: Type.String() } } },
      ...errorAnswers("get", ["invalid_field"]),
    },
  },
};
