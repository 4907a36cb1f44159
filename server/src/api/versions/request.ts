/** The version of a request: the header's, else the one that its key is pinned to. */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from "fastify";
import { TillwayError } from "../../core/errors.ts";
import type { ApiVersion } from "../../core/ports/versions.ts";
import type { App } from "../../http/app.ts";
import type { Versions } from "./walk.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** How the caller sees the API, if that is not as it is now. */
    older: Older | null;
  }
}

export interface Older {
  readonly version: ApiVersion;
  /** The body as it was sent. A repeat is known by it, whatever later changes make of it. */
  readonly sent: unknown;
  /** An answer's text as the caller's version shows it. */
  readonly shown: (text: string) => string;
}

/** Comes after the caller is known and before the body is validated. For the current version it compares, and does nothing. */
export function readVersions(app: App, versions: Versions): void {
  app.decorateRequest("older", null);
  app.addHook("preValidation", (request, reply, done) => {
    const version = request.headers["tillway-version"] ?? request.actor?.apiVersion ?? versions.current;
    // Without a caller it is a route for everybody (health, this document), which is the same in all versions.
    if (version === versions.current || (request.actor === null && !request.isOperator)) return done();
    becomeOlder(versions, request, reply, done);
  });
}

function becomeOlder(versions: Versions, request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  const { current, known } = versions;
  const named = request.headers["tillway-version"];
  const version = String(named ?? request.actor?.apiVersion);
  if (!known.includes(version)) {
    // A key that was pinned by a newer Tillway, while this one is being replaced: it gets the newest that there is here.
    return named === undefined ? done() : done(unknownVersion(version, known));
  }
  request.older = { version, sent: request.body, shown: (text) => versions.shown(text, current, version) };
  reply.header("tillway-version", version);
  const { operationId } = (request.routeOptions.schema ?? {}) as { readonly operationId?: string };
  if (operationId !== undefined) Object.assign(request, versions.read(operationId, { body: request.body, query: request.query }, version));
  done();
}

/** The version in which the caller sees the API. */
export function versionOf({ older }: FastifyRequest, versions: Pick<Versions, "current">): ApiVersion {
  return older === null ? versions.current : older.version;
}

/** As many as a message can hold. */
const NAMED_MAX = 20;

/** A day between two versions may mean either of them, so none is guessed. */
function unknownVersion(given: string, known: readonly ApiVersion[]): TillwayError {
  const param = "Tillway-Version";
  const list = `Known: ${known.slice(-NAMED_MAX).join(", ")}.`;
  const refuse = (what: string) => new TillwayError("unknown_api_version", { param, message: `${what} ${list}` });
  if (!/^\d{4}-\d{2}-\d{2}$/.test(given)) return refuse(`${param} must be a date such as ${known.at(-1)}, sent once.`);
  const nearest = known.findLast((each) => each <= given) ?? known[0]!;
  return refuse(`${given} is no version of this API. The nearest: ${nearest}.`);
}
