/** What somebody who is signed in sets about themselves: name, password, second factor, and where they are signed in. */
import { Type } from "typebox";
import { renderSVG } from "uqr";
import { pathId, sendText } from "../../api/caller.ts";
import { addressOf } from "../../api/wrong-tries.ts";
import { emptyBody, errorAnswers, idParams, shows, strict } from "../../api/schemas/common.ts";
import { TillwayError } from "../../core/errors.ts";
import type { PersonRow } from "../../core/ports/people.ts";
import { iso } from "../../core/represent.ts";
import type { App } from "../../http/app.ts";
import { mustBePresent, personWho, signedIn, signedInOnly } from "../authenticator.ts";
import type { DashboardDeps } from "../deps.ts";
import { refuseWeak } from "../passwords.ts";
import { codeIn, nameIn, newPasswordIn, passwordIn, refuseMisshapen, tags } from "../schemas.ts";
import { bounded } from "../sign-in.ts";
import { newRecoveryCodes, newTotpSecret, recoveryHashOf, stepOf, totpUri } from "../totp.ts";
import type { FastifyRequest } from "fastify";

export function personRoutes(api: App, deps: DashboardDeps): void {
  const { people, flows } = deps;
  const onRequest = signedInOnly(deps);
  /** What changes is noted as this person's. */
  const byOneself = (request: FastifyRequest) => people.by(personWho(request, signedIn(request).person));
  const rowOf = async (request: FastifyRequest): Promise<PersonRow> => (await people.byId(signedIn(request).person.id))!;
  const withPassword = async (request: FastifyRequest, password: string): Promise<PersonRow> => {
    const person = await rowOf(request);
    const look = async () => ((await deps.passwords.isRight(password, person.passwordHash, addressOf(request))) ? person : null);
    return bounded(deps, request, { of: person.email.toLowerCase(), look });
  };
  api.patch("/v1/person", { onRequest, schema: schemas.change }, async (request, reply) => {
    refuseMisshapen("name", request.body.name);
    await people.rename(signedIn(request).person.id, request.body.name);
    return sendText(reply, 200, shown(await rowOf(request)));
  });
  api.post("/v1/person/password", { onRequest, schema: schemas.password }, async (request, reply) => {
    const { current, password } = request.body;
    const person = await withPassword(request, current);
    refuseWeak(password, [person.email, person.name]);
    const after = await deps.passwords.hash(password, addressOf(request));
    const change = { before: person.passwordHash, after, now: flows.clock.now(), keeps: signedIn(request).session.id };
    if (!(await byOneself(request).changePassword(person.id, change))) throw new TillwayError("wrong_credentials");
    return sendText(reply, 200, shown(person));
  });
  api.post("/v1/person/totp", { onRequest, schema: schemas.offer }, async (request, reply) => {
    const { id, email, hasTotp } = signedIn(request).person;
    // Else an open page would be enough to put one's own phone in the place of another's.
    if (hasTotp) throw new TillwayError("permission_denied", { message: "There is a second factor. Turn it off by your password first." });
    // And whoever has put their own phone there would be asked from then on.
    mustBePresent(deps, signedIn(request));
    const secret = newTotpSecret();
    await people.offerTotp(id, secret);
    const uri = totpUri(secret, email);
    return sendText(reply, 200, JSON.stringify({ secret, uri, qr: renderSVG(uri, { ecc: "M", border: 4 }) }));
  });
  api.post("/v1/person/totp/confirm", { onRequest, schema: schemas.confirm }, async (request, reply) => {
    mustBePresent(deps, signedIn(request));
    const { id, totpPending: secret } = await rowOf(request);
    const codes = newRecoveryCodes();
    const recoveryHashes = codes.map((code) => recoveryHashOf(id, code)!);
    const look = async () => {
      const step = secret === null ? null : stepOf(secret, request.body.code, flows.clock.now());
      return step !== null && (await byOneself(request).confirmTotp(id, { secret: secret!, step, recoveryHashes })) ? codes : null;
    };
    const recovery_codes = await bounded(deps, request, { of: `code ${id}`, look });
    return sendText(reply, 200, JSON.stringify({ recovery_codes }));
  });
  api.post("/v1/person/totp/remove", { onRequest, schema: schemas.remove }, async (request, reply) => {
    const person = await withPassword(request, request.body.password);
    await byOneself(request).removeTotp(person.id);
    return sendText(reply, 200, shown({ ...person, totp: null }));
  });
  sessionListRoutes(api, deps);
}

function sessionListRoutes(api: App, deps: DashboardDeps): void {
  const { people, flows, idleMs } = deps;
  const onRequest = signedInOnly(deps);
  api.get("/v1/person/sessions", { onRequest, schema: schemas.sessions }, async (request, reply) => {
    const { person, session } = signedIn(request);
    const rows = await people.sessions(person.id, { now: flows.clock.now(), idleMs });
    const data = rows.map(({ id, address, userAgent, startedAt, lastSeenAt, expiresAt }) => ({
      object: "person_session",
      id,
      is_current: id === session.id,
      address,
      user_agent: userAgent,
      started_at: iso(startedAt),
      last_seen_at: iso(lastSeenAt),
      expires_at: iso(expiresAt),
    }));
    return sendText(reply, 200, JSON.stringify({ object: "list", data }));
  });
  api.delete("/v1/person/sessions/:id", { onRequest, schema: schemas.endSession }, async (request, reply) => {
    const isEnded = await people.endSession(signedIn(request).person.id, pathId(request, "ses"), flows.clock.now());
    if (!isEnded) throw new TillwayError("not_found", { message: "You have no such session." });
    return sendText(reply, 200, "{}");
  });
}

function shown({ id, email, name, totp, isOperator }: PersonRow): string {
  return JSON.stringify({ object: "person", id, email, name, has_totp: totp !== null, is_operator: isOperator });
}

const security = [{ session: [] }];
const forged = ["csrf_token_wrong", "cross_site_request"] as const;
const tried = ["wrong_credentials", "too_many_tries", ...forged] as const;

const schemas = {
  change: {
    operationId: "updatePerson",
    summary: "Change your name",
    description: "As your team sees it.",
    tags,
    security,
    body: strict({ name: nameIn }),
    response: { 200: shows("Person", "You."), ...errorAnswers("delete", forged) },
  },
  password: {
    operationId: "changePassword",
    summary: "Change your password",
    description: "Ends all your other sessions.",
    tags,
    security,
    body: strict({ current: passwordIn, password: newPasswordIn }),
    response: { 200: shows("Person", "You."), ...errorAnswers("delete", ["weak_password", ...tried]) },
  },
  offer: {
    operationId: "offerTotp",
    summary: "Begin to set up a second factor",
    description: "Nothing changes before the first code is confirmed.",
    tags,
    security,
    body: emptyBody,
    response: { 200: shows("TotpOffer", "What the app reads."), ...errorAnswers("delete", [...forged, "confirmation_required"]) },
  },
  confirm: {
    operationId: "confirmTotp",
    summary: "Turn the second factor on",
    description: "By a code of the app. The recovery codes are shown once; each works once.",
    tags,
    security,
    body: strict({ code: codeIn }),
    response: {
      200: shows("RecoveryCodes", "To keep where the phone is not."),
      ...errorAnswers("delete", [...tried, "confirmation_required"]),
    },
  },
  remove: {
    operationId: "removeTotp",
    summary: "Turn the second factor off",
    description: "By your password. The recovery codes end with it.",
    tags,
    security,
    body: strict({ password: passwordIn }),
    response: { 200: shows("Person", "You."), ...errorAnswers("delete", tried) },
  },
  sessions: {
    operationId: "listSessions",
    summary: "Where you are signed in",
    description: "Newest first.",
    tags,
    security,
    querystring: Type.Object({}),
    response: { 200: shows("PersonSessions", "Your sessions."), ...errorAnswers("get", []) },
  },
  endSession: {
    operationId: "endSession",
    summary: "End one of your sessions",
    description: "At once.",
    tags,
    security,
    params: idParams,
    response: { 200: shows("Done", "It has ended."), ...errorAnswers("delete", ["not_found", ...forged]) },
  },
} as const;
