/** Who is asking. Each listener has an authenticator of its own kind: API keys, later sessions and client secrets. */
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from "fastify";
import { TillwayError } from "../core/errors.ts";
import type { Audience } from "../core/model.ts";
import type { KeyScope } from "../core/permissions.ts";
import type { Actor } from "../core/ports/settings.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set by a guard; null on public routes. */
    actor: Actor | null;
  }
  interface FastifyInstance {
    /** The kind of callers that this listener has. */
    audience: Audience;
    /** An `onRequest` hook that lets only callers with this scope pass. Throws authentication_error and permission_denied. */
    guard(needed: KeyScope): Guard;
  }
}

type Guard = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** How a listener knows its callers. */
export interface Authenticator {
  readonly audience: Audience;
  /** Null: nobody who may ask. */
  authenticate(request: FastifyRequest): Actor | null | Promise<Actor | null>;
  /** Why this request was not let in, as far as it may be said; adds the headers that go with a 401. */
  refusal(request: FastifyRequest, reply: FastifyReply): TillwayError;
}

/** Makes a guard per scope. @param isKnown is called with the connection of each caller who proved who they are */
export function createGuards(authenticator: Authenticator, isKnown: (socket: Socket) => void): (needed: KeyScope) => Guard {
  return (needed) => (request, reply, done) => {
    const admit = (actor: Actor | null): void => {
      request.actor = actor;
      if (actor === null) return done(authenticator.refusal(request, reply));
      isKnown(request.raw.socket);
      if (actor.scopes.includes(needed)) done();
      else done(new TillwayError("permission_denied", { message: `This key lacks the scope ${needed}, which the route needs.` }));
    };
    const actor = authenticator.authenticate(request);
    if (actor instanceof Promise) actor.then(admit, (error: Error) => done(error));
    else admit(actor);
  };
}

/** The actor of a guarded route. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error("a route without a guard asked for its actor");
  return request.actor;
}
