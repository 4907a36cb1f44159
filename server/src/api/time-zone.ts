/** Where days begin, and as whose clocks times are written. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TillwayError } from "../core/errors.ts";
import { isTimeZone } from "../core/time-zone.ts";
import { scopeOf } from "./caller.ts";
import type { ApiDeps } from "./deps.ts";

export const timeZone = (description: string) =>
  Type.String({ minLength: 1, maxLength: 64, description: `${description} A name of the tz database.`, examples: ["Asia/Kolkata"] });

export const timeZoneIn = (description: string) => Type.Optional(timeZone(`${description} Left out: the merchant's.`));

/** What was asked for, else what the merchant has set. Throws `TillwayError` unknown_time_zone. */
export async function zoneFor({ flows }: Pick<ApiDeps, "flows">, request: FastifyRequest, asked: string | undefined): Promise<string> {
  return asked === undefined ? flows.settings.timeZone(scopeOf(request).merchantId) : zoneOf(asked);
}

/** The name as it was given: the one that it resolves to may be an older one. Throws `TillwayError` unknown_time_zone. */
export function zoneOf(name: string): string {
  if (!isTimeZone(name)) throw unknownZone();
  return name;
}

/** Without the text: anything may have been pasted there. */
export function unknownZone(): TillwayError {
  return new TillwayError("unknown_time_zone", { param: "time_zone" });
}
