/** What a merchant sets for itself, in both modes. */
import { Type } from "typebox";
import type { FastifyRequest } from "fastify";
import { AMOUNT_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import type { RefundLimits } from "../../core/model.ts";
import { currencies } from "../../core/money.ts";
import { actorOf, type App } from "../../http/app.ts";
import { flowsBy, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, shows, strict } from "../schemas/common.ts";
import { timeZone, unknownZone, zoneOf } from "../time-zone.ts";

export function settingsRoutes(api: App, deps: ApiDeps): void {
  const [reads, writes] = [api.guard("config.read"), api.guard("config.write")];
  const { settings } = deps.flows;
  const shown = async (merchantId: string): Promise<string> => {
    const [time_zone, refund_limits] = [await settings.timeZone(merchantId), await settings.refundLimits(merchantId)];
    return JSON.stringify({ object: "settings", time_zone, refund_limits });
  };
  api.get("/v1/settings", { onRequest: reads, schema: schemas.get }, async (request, reply) =>
    sendText(reply, 200, await shown(scopeOf(request).merchantId)),
  );
  api.put("/v1/settings", { onRequest: writes, schema: schemas.put }, async (request, reply) => {
    const { time_zone, refund_limits } = request.body;
    const { merchantId } = scopeOf(request);
    const own = flowsBy(deps, request).settings;
    const limits = refund_limits && allowed(request, refund_limits, await own.refundLimits(merchantId));
    if ((await own.setTimeZone(merchantId, zoneOf(time_zone))) === null) throw unknownZone();
    if (limits) await own.setRefundLimits(merchantId, limits);
    return sendText(reply, 200, await shown(merchantId));
  });
}

/** Whoever may not refund so much from an open page may not lift the limit from it either. Throws `TillwayError` confirmation_required and invalid_field. */
function allowed(request: FastifyRequest, limits: RefundLimits, before: RefundLimits): RefundLimits {
  const unknown = Object.keys(limits).find((currency) => !currencies.has(currency));
  if (unknown !== undefined)
    throw new TillwayError("invalid_field", {
      param: `refund_limits.${unknown}`,
      message: `${unknown} is no currency that Tillway knows.`,
    });
  const isRaised = Object.entries(before).some(([currency, amount]) => (limits[currency] ?? Number.POSITIVE_INFINITY) > amount);
  if (isRaised && actorOf(request).person?.isConfirmed === false) throw new TillwayError("confirmation_required");
  return limits;
}

const time_zone = timeZone("Where your days begin: for the overview, figures by day and CSV, unless a request says another one.");
const refund_limits = Type.Record(
  Type.String({ pattern: "^[A-Z]{3}$" }),
  Type.Integer({ minimum: 0, maximum: AMOUNT_MAX, format: "int64" }),
  {
    additionalProperties: false,
    // The document has no patternProperties: it says by this what a name may be.
    propertyNames: { pattern: "^[A-Z]{3}$" },
    maxProperties: 50,
    description:
      "By currency, in minor units: above which sum of refunds of one payment a person in the dashboard must show once more who they are. Requests with a key are not bound by it.",
    examples: [{ INR: 5_000_000 }],
  },
);

export const settingsSchema = component("Settings", { object: Type.Literal("settings"), time_zone, refund_limits });

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
    description: "In both modes, from the next request on. Each change is an admin action. Without refund_limits, those that are set stay.",
    tags,
    body: strict({ time_zone, refund_limits: Type.Optional(refund_limits) }),
    response: { 200: shows("Settings", "The settings."), ...errorAnswers("write", ["unknown_time_zone", "confirmation_required"]) },
  },
};
