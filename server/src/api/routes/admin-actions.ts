/** The record of what people, keys and commands changed. */
import { Type } from "typebox";
import { actorKinds, type AdminAction } from "../../core/admin-actions.ts";
import { iso } from "../../core/represent.ts";
import type { Page } from "../../core/ports/reads.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { listText } from "../lists.ts";
import { errorAnswers, listOf, nullable, pageQuery, resource, shows, strict, timestamp } from "../schemas/common.ts";

export function adminActionRoutes(api: App, { reads }: ApiDeps): void {
  const config = { load: "list" } as const;
  api.get("/v1/admin-actions", { onRequest: api.guard("audit.read"), schema, config }, async (request, reply) => {
    const { actor, actor_kind: actorKind, action, subject, ...query } = request.query;
    const read = (page: Page) => reads.adminActions(scopeOf(request), { ...page, actor, actorKind, action, subject });
    return sendText(reply, 200, await listText(query, { prefix: "act", read, render: adminActionShown.render }));
  });
}

const shown = (description: string) => nullable(Type.Record(Type.String(), Type.Unknown(), { description }));

export const adminActionShown = resource<AdminAction>("AdminAction", {
  id: [Type.String({ examples: ["act_01KAJ0000000000000000000AB"] }), ({ id }) => id],
  object: [Type.Literal("admin_action"), () => "admin_action"],
  mode: [
    nullable(Type.Enum(["test", "live"], { description: "Null: it belongs to no mode, as the team." })),
    ({ mode }) => (mode === "" ? null : mode),
  ],
  at: [timestamp("When it was done."), ({ at }) => iso(at)],
  actor: [
    strict({
      kind: Type.Enum([...actorKinds], {
        description:
          "`cli`: the command line. `system`: a rule of Tillway; with a label: a visitor, or the role that changed the database.",
      }),
      id: nullable(Type.String({ description: "Of the person or the key." })),
      label: nullable(Type.String({ description: "For people." })),
    }),
    ({ actorKind: kind, actorId: id, actorLabel: label }) => ({ kind, id, label }),
  ],
  request_id: [nullable(Type.String({ description: "Of the request that did it." })), ({ requestId }) => requestId],
  action: [
    Type.String({ description: "A noun and what became of it: docs/audit.md.", examples: ["webhook_endpoint.updated"] }),
    ({ action }) => action,
  ],
  subject: [Type.String({ description: "The id of what was changed; for settings their name." }), ({ subject }) => subject],
  before: [shown("Of a change what differs, without any secret; null: it did not exist."), ({ before }) => before],
  after: [shown("Likewise; null: it exists no more."), ({ after }) => after],
});

export const adminActionListSchema = listOf("AdminActionList", "AdminAction");

const text = (description: string, maxLength = 100) => Type.Optional(Type.String({ minLength: 1, maxLength, description }));

const schema = {
  operationId: "listAdminActions",
  summary: "List admin actions, newest first",
  description:
    "Each change of configuration, and each step that a person took: who, when, what, how it was before and after. Nothing can be changed or " +
    "removed in it. What belongs to no mode, as the team, is in the lists of both.",
  tags: ["Audit"],
  querystring: Type.Object({
    ...pageQuery("act"),
    actor: text("The id of a person or a key, a person's e-mail address, or a kind of actor.", 254),
    actor_kind: Type.Optional(Type.Enum([...actorKinds], { description: "Only what this kind of actor did." })),
    action: text("One action, or with a dot at its end all of a noun: `api_key.`"),
    subject: text("The id of what was changed."),
  }),
  response: { 200: shows("AdminActionList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
};
