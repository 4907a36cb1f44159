import { Type } from "typebox";
import type { Sweep } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import { sweepNow, sweepOf } from "../../flows/upkeep/sweep.ts";
import type { App } from "../../http/app.ts";
import { pathId, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { emptyBody, errorAnswers, idParams, nullable, resource, shows, time, timestamp } from "../schemas/common.ts";

const tags = ["Settlement"];

/** The comparison of an account's books with its gateway's: how far it is, and begin it now. */
export function sweepRoutes(api: App, { flows }: ApiDeps): void {
  const [reads, writes] = [api.guard("cases.read"), api.guard("cases.resolve")];
  const show = (account: string, sweep: Sweep | null): string => JSON.stringify(sweepShown.render({ account, sweep }));
  api.get("/v1/connector-accounts/:id/sweep", { onRequest: reads, schema: schemas.get }, async (request, reply) => {
    const id = pathId(request, "acc");
    return sendText(reply, 200, show(id, await sweepOf(flows, scopeOf(request), id)));
  });
  api.post("/v1/connector-accounts/:id/sweep", { onRequest: writes, schema: schemas.start }, async (request, reply) => {
    const id = pathId(request, "acc");
    return sendText(reply, 202, show(id, await sweepNow(flows, scopeOf(request), id)));
  });
}

interface Shown {
  readonly account: string;
  readonly sweep: Sweep | null;
}

export const sweepShown = resource<Shown>("Sweep", {
  object: [Type.Literal("sweep"), () => "sweep"],
  account_id: [Type.String(), ({ account }) => account],
  status: [
    Type.Enum(["never", "running", "finished"], { description: "`running`: a walk is under way. `finished`: the last one has ended." }),
    ({ sweep }) => (sweep === null ? "never" : sweep.walk === null ? "finished" : "running"),
  ],
  swept_until: time<Shown>("Everything before this was compared.", ({ sweep }) => sweep?.sweptUntil ?? null),
  compared_until: [
    nullable(timestamp("How far the walk under way has come; null: none is.")),
    ({ sweep }) => (sweep?.walk ? iso(sweep.walk.at) : null),
  ],
  finished_at: time<Shown>("When the last walk ended.", ({ sweep }) => sweep?.finishedAt ?? null),
  seen: [
    Type.Integer({ format: "int64", description: "Operations that this walk, or the last one, has compared." }),
    ({ sweep }) => sweep?.seen ?? 0,
  ],
  found: [
    Type.Integer({ format: "int64", description: "How many of them said something new; what people must look at is a case." }),
    ({ sweep }) => sweep?.found ?? 0,
  ],
  failure: [
    nullable(Type.String({ description: "Why the gateway's list could not be read the last time; it is read again in five minutes." })),
    ({ sweep }) => sweep?.failure ?? null,
  ],
});

const schemas = {
  get: {
    operationId: "retrieveSweep",
    summary: "Get an account's settlement sweep",
    description: "Every six hours the gateway's list is compared with all attempts of the account, closed ones too.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Sweep", "How far it has come."), ...errorAnswers("get", ["not_found"]) },
  },
  start: {
    operationId: "startSweep",
    summary: "Begin an account's settlement sweep now",
    description: "Begins what was planned for later; one that runs goes on. Look at it to see when it has ended.",
    tags,
    params: idParams,
    body: emptyBody,
    response: { 202: shows("Sweep", "As it was before."), ...errorAnswers("write", ["not_found", "invalid_state"]) },
  },
};
