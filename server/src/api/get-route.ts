/** The route that shows one thing by its id. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { IdPrefix } from "../core/change.ts";
import { TillwayError } from "../core/errors.ts";
import type { Permission } from "../core/permissions.ts";
import type { Actor } from "../core/ports/settings.ts";
import { actorOf, type App } from "../http/app.ts";
import { pathId, sendText } from "./caller.ts";
import { errorAnswers, idParams, shows } from "./schemas/common.ts";

interface Shown<Row> {
  /** Of the document; the operation is `get` and this. */
  readonly noun: string;
  readonly tag: string;
  readonly description: string;
  /** With `:id` at its end. */
  readonly path: string;
  readonly prefix: IdPrefix;
  readonly permission: Permission;
  /** Null: there is none for this caller. */
  readonly read: (caller: Actor, id: string) => Promise<Row | null>;
  /** The text of the answer. */
  readonly text: (row: Row, request: FastifyRequest) => string;
}

/** 404 for an id of somebody else, as for one that never was. */
export function getRoute<Row>(api: App, { noun, tag, description, path, prefix, permission, read, text }: Shown<Row>): void {
  const word = noun.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  const schema = {
    operationId: `get${noun}`,
    summary: `Get ${/^[aeiou]/.test(word) ? "an" : "a"} ${word}`,
    description,
    tags: [tag],
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows(noun, `The ${word}.`), ...errorAnswers("get", ["not_found"]) },
  };
  api.get(path, { onRequest: api.guard(permission), schema }, async (request, reply) => {
    const found = await read(actorOf(request), pathId(request, prefix));
    if (found === null) throw new TillwayError("not_found");
    return sendText(reply, 200, text(found, request));
  });
}
