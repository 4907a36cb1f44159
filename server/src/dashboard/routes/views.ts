/** Lists as people like to see them: each keeps filters under names, for one merchant, in both of its modes. */
import { Type } from "typebox";
import { pathId, sendText } from "../../api/caller.ts";
import { refuseCardNumbers } from "../../api/payment-input.ts";
import { errorAnswers, idParams, shows, strict } from "../../api/schemas/common.ts";
import { SAVED_VIEWS_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { SavedView } from "../../core/ports/people.ts";
import { iso } from "../../core/represent.ts";
import { actorOf, type App } from "../../http/app.ts";
import type { DashboardDeps } from "../deps.ts";
import { refuseMisshapen, tags, viewNameIn, viewPageIn, viewQueryIn } from "../schemas.ts";
import type { FastifyRequest } from "fastify";

export function viewRoutes(api: App, { people, flows }: DashboardDeps): void {
  // What all roles have and no key has: a view is its member's own, whatever the role.
  const onRequest = api.guard("team.read");
  api.get("/v1/views", { onRequest, schema: schemas.list }, async (request, reply) => {
    const { merchantId, personId } = whose(request);
    const views = await people.views(merchantId, personId);
    return sendText(reply, 200, JSON.stringify({ object: "list", data: views.map(shown) }));
  });
  api.post("/v1/views", { onRequest, schema: schemas.save }, async (request, reply) => {
    const { page, name, query } = request.body;
    refuseMisshapen("page", page);
    refuseMisshapen("name", name);
    refuseMisshapen("query", query);
    refuseCardNumbers("name", name);
    for (const value of new URLSearchParams(query).values()) refuseCardNumbers("query", value);
    const now = flows.clock.now();
    const id = newId("view", now, flows.random.bytes(16));
    const saved = await people.saveView({ id, ...whose(request), page, name, query, createdAt: now });
    if (saved === "no_member") throw new TillwayError("not_found", { message: "There is no such merchant for you." });
    if (saved === "full") throw new TillwayError("conflicting_field", { param: "name", message: FULL });
    return sendText(reply, saved.id === id ? 201 : 200, JSON.stringify(shown(saved)));
  });
  api.patch("/v1/views/:id", { onRequest, schema: schemas.rename }, async (request, reply) => {
    const { merchantId, personId } = whose(request);
    const { name } = request.body;
    refuseMisshapen("name", name);
    refuseCardNumbers("name", name);
    const renamed = await people.renameView(merchantId, personId, { id: pathId(request, "view"), name });
    if (renamed === null) throw noSuchView();
    if (renamed === "taken") throw new TillwayError("conflicting_field", { param: "name", message: TAKEN });
    return sendText(reply, 200, JSON.stringify(shown(renamed)));
  });
  api.delete("/v1/views/:id", { onRequest, schema: schemas.remove }, async (request, reply) => {
    const { merchantId, personId } = whose(request);
    if (!(await people.deleteView(merchantId, personId, pathId(request, "view")))) throw noSuchView();
    return sendText(reply, 200, "{}");
  });
}

const TAKEN = "Another of your views of this list has this name. Choose another one.";
const noSuchView = (): TillwayError => new TillwayError("not_found", { message: "You have no such view." });

const FULL = `You have ${SAVED_VIEWS_MAX} saved views here, which is as many as there may be. Delete one, or save under the name of one.`;

function whose(request: FastifyRequest): Pick<SavedView, "merchantId" | "personId"> {
  const { merchantId, person } = actorOf(request);
  return { merchantId, personId: person!.id };
}

function shown({ id, page, name, query, createdAt }: SavedView): object {
  return { id, object: "view", page, name, query, created_at: iso(createdAt) };
}

const security = [{ session: [] }];
const forged = ["csrf_token_wrong", "cross_site_request", "not_found"] as const;

const schemas = {
  list: {
    operationId: "listViews",
    summary: "Your saved views",
    description: "Of this merchant, in both modes: those that you saved, oldest first. Nobody else sees them.",
    tags,
    security,
    querystring: Type.Object({}),
    response: { 200: shows("SavedViews", "All of them."), ...errorAnswers("get", ["not_found"]) },
  },
  save: {
    operationId: "saveView",
    summary: "Save a view",
    description: `One of the same page and name is replaced, and keeps its id. Up to ${SAVED_VIEWS_MAX} for each merchant.`,
    tags,
    security,
    body: strict({ page: viewPageIn, name: viewNameIn, query: viewQueryIn }),
    response: {
      200: shows("SavedView", "The view of this name, replaced."),
      201: shows("SavedView", "The view."),
      ...errorAnswers("delete", ["conflicting_field", ...forged]),
    },
  },
  rename: {
    operationId: "renameView",
    summary: "Rename a saved view",
    description: "It keeps its id and its filters. A name that another view of the list has is refused.",
    tags,
    security,
    params: idParams,
    body: strict({ name: viewNameIn }),
    response: { 200: shows("SavedView", "The view under its new name."), ...errorAnswers("delete", ["conflicting_field", ...forged]) },
  },
  remove: {
    operationId: "deleteView",
    summary: "Delete a saved view",
    description: "Only its name goes.",
    tags,
    security,
    params: idParams,
    response: { 200: shows("Done", "Deleted."), ...errorAnswers("delete", forged) },
  },
} as const;
