/** Who asks at the dashboard: a person with a session, for the merchant and mode that the request names. See docs/decisions/0061. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from "fastify";
import type { By } from "../core/admin-actions.ts";
import { TillwayError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import { CONFIRMED_MS, scopesOf } from "../core/permissions.ts";
import type { PersonRow, Signed } from "../core/ports/people.ts";
import type { Actor } from "../core/ports/settings.ts";
import type { Authenticator, Identified, Needed } from "../http/app.ts";
import { tokenHashIn } from "./cookies.ts";
import type { DashboardDeps } from "./deps.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is signed in, as far as a guard has looked; null: nobody. */
    signed: Signed | null;
  }
}

interface Deps extends Pick<DashboardDeps, "people" | "flows" | "idleMs"> {
  /** False: an answer that goes on looks whether it still may. */
  readonly isUse?: boolean;
}

/** How old the note of a session's last use may be. */
const SEEN_NOTED_MS = 20_000;
/** The page sends it where nobody has touched it for a while: what it asks by itself keeps nobody signed in. */
const UNATTENDED = "tillway-unattended";
const SIGN_IN = "Nobody is signed in here, or no longer. Sign in: POST /v1/session.";

/** Each request asks the database once: what was revoked or changed a moment ago counts at once. */
export function dashboardAuthenticator(deps: Deps): Authenticator {
  return {
    audience: "person",
    authenticate: (request, needed, again) => identified({ ...deps, isUse: again === undefined }, request, needed),
    refusal: () => new TillwayError("authentication_error", { message: SIGN_IN }),
  };
}

async function identified(deps: Deps, request: FastifyRequest, needed: Needed): Promise<Identified> {
  if (needed === "operator") {
    const signed = await signedOf(deps, request, null);
    if (signed === null) return null;
    if (signed.person.isOperator) {
      // What changes an installation makes merchants and their keys: an open page is not enough for any of it.
      if (request.method !== "GET" && request.method !== "HEAD") mustBePresent(deps, signed);
      request.operatorPerson = signed.person;
      return "operator";
    }
    throw new TillwayError("permission_denied", { message: "Only the operator of this installation may do this." });
  }
  const { "tillway-merchant": merchantId, "tillway-mode": mode } = request.headers;
  const isMerchant = typeof merchantId === "string" && isId("mer", merchantId);
  const signed = await signedOf(deps, request, isMerchant ? merchantId : null);
  if (signed === null) return null;
  if (merchantId === undefined) throw missing("Tillway-Merchant", "the id of the merchant that this is about");
  if (mode !== "test" && mode !== "live") throw missing("Tillway-Mode", "test or live");
  if (!isMerchant || signed.role === null) throw new TillwayError("not_found", { message: "There is no such merchant for you." });
  return actorOf(deps, signed, { merchantId, mode });
}

function actorOf({ flows }: Deps, { person, role, session }: Signed, scope: Pick<Actor, "merchantId" | "mode">): Actor {
  const { id, email } = person;
  const who = { keyId: id, scopes: scopesOf(role!), person: { id, email, role: role!, isConfirmed: isPresent({ flows }, session) } };
  return { ...scope, ...who, rateLimitPerSecond: null, apiVersion: flows.versions.current };
}

function isPresent({ flows }: Pick<Deps, "flows">, { confirmedAt }: Signed["session"]): boolean {
  return confirmedAt > flows.clock.now() - CONFIRMED_MS;
}

/** Throws `TillwayError` confirmation_required unless this person has shown within `CONFIRMED_MS` who they are. */
export function mustBePresent(deps: Pick<Deps, "flows">, { session }: Signed): void {
  if (!isPresent(deps, session)) throw new TillwayError("confirmation_required");
}

function missing(header: string, what: string): TillwayError {
  return new TillwayError("missing_field", { param: header, message: `Send the header ${header}: ${what}.` });
}

/** Null: nobody is signed in. Notes the use, and lets nobody wait for the note. */
async function signedOf(
  { people, flows, idleMs, isUse = true }: Deps,
  request: FastifyRequest,
  merchantId: string | null,
): Promise<Signed | null> {
  const tokenHash = tokenHashIn(request);
  if (tokenHash === null) return null;
  const now = flows.clock.now();
  const signed = await people.signed(tokenHash, merchantId, { now, idleMs });
  request.signed = signed;
  if (signed !== null && isUse && request.headers[UNATTENDED] === undefined && now - signed.session.lastSeenAt >= SEEN_NOTED_MS)
    // If the note is lost, the next request has another.
    people.noteSeen(signed.session.id, signed.role === null ? null : merchantId, now).catch(() => undefined);
  return signed;
}

/** An `onRequest` hook that lets only people who are signed in pass, whichever merchant they may see. */
export function signedInOnly(deps: Deps) {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void => {
    signedOf(deps, request, null).then(
      (signed) => done(signed === null ? new TillwayError("authentication_error", { message: SIGN_IN }) : undefined),
      (error: Error) => done(error),
    );
  };
}

/** Somebody who changes something of their own, as the record of it names them. */
export function personWho({ id: requestId }: FastifyRequest, { id, email }: Pick<PersonRow, "id" | "email">): By {
  return { kind: "person", id, label: email, requestId };
}

/** Behind `signedInOnly`. */
export function signedIn(request: FastifyRequest): Signed {
  if (request.signed === null) throw new Error("a route without a guard asked who is signed in");
  return request.signed;
}
