import { Type } from "typebox";
import { caseKinds } from "../../core/case-kinds.ts";
import { caseMachine, type CaseStatus } from "../../core/states.ts";
import { listOf, nullable, pageQuery, timestamp } from "./common.ts";

const statuses = Object.keys(caseMachine.states) as CaseStatus[];

export const listCasesQuery = Type.Object({ ...pageQuery("case"), status: Type.Optional(Type.Enum(statuses)) });

export const caseSchema = Type.Object(
  {
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
  },
  { $id: "Case", additionalProperties: false },
);

export const caseListSchema = listOf("CaseList", "Case");
