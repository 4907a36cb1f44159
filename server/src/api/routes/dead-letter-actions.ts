/** Replaying and discarding dead letters: one, or all that match a filter. */
import { Type } from "typebox";
import type { FastifyRequest } from "fastify";
import { DEAD_LETTERS_MAX, RECOVER_PER_SECOND_DEFAULT, RECOVER_PER_SECOND_MAX } from "../../core/constants.ts";
import { DELIVERIES_NEED_WEBHOOKS } from "../../core/dead-letters.ts";
import { TillwayError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import { handleLetter, handleLetters, type Act, type LetterWish } from "../../flows/dead-letters/handle.ts";
import { isPermitted } from "../../core/permissions.ts";
import type { Actor } from "../../core/ports/settings.ts";
import { actorOf, type App } from "../../http/app.ts";
import { callerOf, sendAnswer } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { refuseCardsIn } from "../payment-input.ts";
import { component, errorAnswers, idempotencyHeader, idParams, nullable, shows, strict, timestamp } from "../schemas/common.ts";
import { filterFields, filterOf } from "./dead-letter-filter.ts";

export function deadLetterActionRoutes(api: App, deps: ApiDeps): void {
  oneRoutes(api, deps);
  manyRoutes(api, deps);
}

const tags = ["Dead letters"];
const headers = idempotencyHeader;
const replayText =
  "A delivery gets its whole schedule from the start, a job is due at once as if it had never been tried, and a gateway's webhook is read again. Resolves the case. Refused while a worker is at it.";
const discardText =
  "Ends what may end: a delivery becomes `canceled`, the case of a gateway's event is resolved. Work on money goes on all the same: its dead letter is only acknowledged, and comes back if it fails for another reason, or after a week.";

function oneRoutes(api: App, deps: ApiDeps): void {
  const answers = { 200: shows("DeadLetterAction", "What was done."), ...errorAnswers("write", ["not_found", "invalid_state"]) };
  const replay = { operationId: "replayDeadLetter", summary: "Replay a dead letter", description: replayText, body: replayBody };
  const discard = { operationId: "discardDeadLetter", summary: "Discard a dead letter", description: discardText, body: discardBody };
  const onRequest = api.guard("dead_letters.write");
  const common = { tags, headers, params: idParams, response: answers };
  api.post("/v1/dead-letters/:id/replay", { onRequest, schema: { ...replay, ...common } }, async (request, reply) => {
    const act = actOf(request, "replay", request.body);
    return sendAnswer(reply, await handleLetter(deps.flows, callerOf(deps, request), letterId(request, act), act));
  });
  api.post("/v1/dead-letters/:id/discard", { onRequest, schema: { ...discard, ...common } }, async (request, reply) => {
    const act = actOf(request, "discard", request.body);
    return sendAnswer(reply, await handleLetter(deps.flows, callerOf(deps, request), letterId(request, act), act));
  });
}

function manyRoutes(api: App, deps: ApiDeps): void {
  const bound =
    "The oldest first, in one commit. `dry_run` counts and changes nothing. One request takes at most `limit`; while `has_more` is true, send another one (with another Idempotency-Key), and stop at `changed: 0`: what is left can't be changed now.";
  const answers = { 200: shows("DeadLetterActions", "What matched."), ...errorAnswers("write", []) };
  const onRequest = api.guard("dead_letters.write");
  const common = { tags, headers, response: answers };
  const replay = {
    operationId: "replayDeadLetters",
    summary: "Replay all dead letters that match",
    description: `${bound} ${replayText} Deliveries to endpoints that are paused, switched off or deleted do not match.`,
    body: replayManyBody,
  };
  api.post("/v1/dead-letters/replay", { onRequest, schema: { ...replay, ...common } }, async (request, reply) => {
    const act = actOf(request, "replay", request.body);
    return sendAnswer(reply, await handleLetters(deps.flows, callerOf(deps, request), act, wishOf(request.body)));
  });
  const discard = {
    operationId: "discardDeadLetters",
    summary: "Discard all dead letters that match",
    description: `${bound} ${discardText}`,
    body: discardManyBody,
  };
  api.post("/v1/dead-letters/discard", { onRequest, schema: { ...discard, ...common } }, async (request, reply) => {
    const act = actOf(request, "discard", request.body);
    return sendAnswer(reply, await handleLetters(deps.flows, callerOf(deps, request), act, wishOf(request.body)));
  });
}

interface Words {
  readonly reason?: string;
  readonly by?: string;
}

/** Throws `TillwayError` if the words hold a card number. */
function actOf(request: FastifyRequest, action: Act["action"], body: Words | undefined): Act {
  const { reason, by } = body ?? {};
  refuseCardsIn({ reason, by }, {});
  if (reason?.trim() === "") throw refuse("reason", "reason must say why, in words.");
  const actor = actorOf(request);
  return { action, by: byOf(actor, by), reason: reason?.trim() ?? null, deliveries: isPermitted(actor, "deliveries.retry") };
}

/** A person can't act in another's name; whoever has a key may say who it was. */
function byOf({ person, keyId }: Actor, by: string | undefined): string {
  return person?.email ?? (by?.trim() || `API key ${keyId}`);
}

/** Throws `TillwayError` not_found if it can't be the id of a dead letter, permission_denied if it is a delivery's. */
function letterId(request: FastifyRequest, { deliveries }: Act): string {
  const { id } = request.params as { readonly id: string };
  if (!isId("dlv", id) && !isId("case", id)) throw new TillwayError("not_found", { param: "id" });
  if (isId("dlv", id) && !deliveries) throw new TillwayError("permission_denied", { param: "id", message: DELIVERIES_NEED_WEBHOOKS });
  return id;
}

interface ManyBody {
  readonly filter?: Parameters<typeof filterOf>[0];
  readonly limit?: number;
  readonly per_second?: number;
  readonly dry_run?: boolean;
}

function wishOf({ filter = {}, limit, per_second: perSecond, dry_run: dryRun }: ManyBody): LetterWish {
  return {
    ...filterOf(filter, "filter."),
    limit: limit ?? DEAD_LETTERS_MAX,
    perSecond: perSecond ?? RECOVER_PER_SECOND_DEFAULT,
    dryRun: dryRun ?? false,
  };
}

function refuse(param: string, message: string): TillwayError {
  return new TillwayError("invalid_field", { param, message });
}

const by = Type.Optional(
  Type.String({ minLength: 1, maxLength: 200, description: "The name of the person who does it. If it is left out, the API key is kept." }),
);
const why = (description: string) => Type.String({ minLength: 1, maxLength: 1_000, pattern: String.raw`\S`, description });
const replayWords = { reason: Type.Optional(why("What was mended. No card numbers.")), by };
const discardWords = { reason: why("Why it is not needed. No card numbers."), by };
const replayBody = strict(replayWords);
const discardBody = strict(discardWords);

const bounds = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: DEAD_LETTERS_MAX, default: DEAD_LETTERS_MAX, description: "How many at most." }),
  ),
  dry_run: Type.Optional(Type.Boolean({ default: false, description: "Only counts." })),
};
const replayManyBody = strict({
  filter: Type.Optional(strict(filterFields)),
  ...bounds,
  per_second: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: RECOVER_PER_SECOND_MAX,
      default: RECOVER_PER_SECOND_DEFAULT,
      description: "The pace of their tries.",
    }),
  ),
  ...replayWords,
});
/** All at once are discarded by nobody: which ones must be said. */
const discardManyBody = strict({
  filter: Type.Object(filterFields, {
    additionalProperties: false,
    minProperties: 1,
    description: "At least one of these.",
    examples: [{ reason: "delivery_failed" }],
  }),
  ...bounds,
  ...discardWords,
});

const action = Type.Enum(["replay", "discard"]);

export const deadLetterActionSchema = component("DeadLetterAction", {
  id: Type.String({ description: "Of the dead letter." }),
  object: Type.Literal("dead_letter_action"),
  action,
  outcome: Type.Enum(["replayed", "discarded", "acknowledged"], {
    description: "acknowledged: work on money, which goes on; the same failure is no dead letter until `quiet_until`.",
  }),
  payment_id: nullable(Type.String()),
  subject: Type.String({ description: "What the work is about: an id of a payment, a delivery or a gateway's event." }),
  by: Type.String({ description: "The person, or the API key." }),
  reason: nullable(Type.String()),
  at: timestamp("When it was done."),
  next_try_at: nullable(timestamp("When it is tried; null if it is not.")),
  quiet_until: nullable(timestamp("Of what was acknowledged.")),
});

export const deadLetterActionsSchema = component("DeadLetterActions", {
  object: Type.Literal("dead_letter_actions"),
  action,
  dry_run: Type.Boolean(),
  matched: Type.Integer({ description: "How many match, up to the limit." }),
  changed: Type.Integer({ description: "How many were replayed, discarded or acknowledged: 0 in a dry run." }),
  acknowledged: Type.Integer({ description: "How many of these are work on money, which goes on." }),
  skipped: Type.Integer({ description: "How many were left alone: a worker is at them, or what they are about is gone." }),
  has_more: Type.Boolean({
    description: "More match than the limit, and another request may change them: false in a dry run, and if nothing was changed.",
  }),
  oldest_at: nullable(timestamp("When the case of the oldest was opened, or its delivery owed.")),
  newest_at: nullable(timestamp("The same of the newest.")),
  last_try_at: nullable(timestamp("When the last of them is tried, by the pace; null unless they are replayed.")),
});
