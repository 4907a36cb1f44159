/** What a merchant sets for itself, in both modes. */
import { Type } from "typebox";
import type { App } from "../../http/app.ts";
import { flowsBy, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, shows, strict } from "../schemas/common.ts";
import { timeZone, unknownZone, zoneOf } from "../time-zone.ts";

export function settingsRoutes(api: App, deps: ApiDeps): void {
  const [reads, writes] = [api.guard("config.read"), api.guard("config.write")];
  api.get("/v1/settings", { onRequest: reads, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, shown(await deps.flows.settings.timeZone(scopeOf(request).merchantId))),
  );
  api.put("/v1/settings", { onRequest: writes, schema: schemas.put }, async (request, reply) => {
    const changed = await flowsBy(deps, request).settings.setTimeZone(scopeOf(request).merchantId, zoneOf(request.body.time_zone));
    if (changed === null) throw unknownZone();
    return sendText(reply, 200, shown(changed.timeZone));
  });
}

const shown = (zone: string): string => JSON.stringify({ object: "settings", time_zone: zone });

const fields = {
  time_zone: timeZone("Where your days begin: for the overview, figures by day and CSV, unless a request says another one."),
};

export const settingsSchema = component("Settings", { object: Type.Literal("settings"), ...fields });

const tags = ["Merchants"];
const schemas = {
  get: {
    operationId: "retrieveSettings",
    summary: "Get your settings",
    description: "Those of both modes.",
    tags,
    querystring: Type.Object({}),
    response: { 200: shows("Settings", "The settings."), ...errorAnswers("get", []) },
  },
  put: {
    operationId: "replaceSettings",
    summary: "Replace your settings",
    description: "In both modes, from the next request on. Each change is an admin action.",
    tags,
    body: strict(fields),
    response: { 200: shows("Settings", "The settings."), ...errorAnswers("write", ["unknown_time_zone"]) },
  },
};
