import { Type } from "typebox";

export const liveSchema = Type.Object({ status: Type.Literal("ok"), version: Type.String() }, { $id: "Live", additionalProperties: false });

export const readySchema = Type.Object(
  { status: Type.Enum(["ready", "not_ready"]), version: Type.String(), checks: Type.Record(Type.String(), Type.Unknown()) },
  { $id: "Ready", additionalProperties: false },
);
