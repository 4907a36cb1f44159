/** Times as callers write them. */
import type { Ms } from "../core/model.ts";
import { TillwayError } from "../core/errors.ts";
import { TIME } from "./schemas/common.ts";

const FORM = new RegExp(TIME);
const SECONDS_CHARS = "2026-01-31T12:00:00".length;

/** Null if it is no time in UTC, or of a day that no calendar has: the 30th of February would quietly become a day in March. */
export function parseTime(text: string): Ms | null {
  const at = FORM.test(text) ? Date.parse(text) : Number.NaN;
  if (!(at >= 0)) return null;
  return new Date(at).toISOString().slice(0, SECONDS_CHARS) === text.slice(0, SECONDS_CHARS) ? at : null;
}

/** The time that a parameter gives, if it is given. Throws `TillwayError` invalid_field that names it. */
export function timeOf(param: string, text: string): Ms;
export function timeOf(param: string, text: string | undefined): Ms | undefined;
export function timeOf(param: string, text: string | undefined): Ms | undefined {
  if (text === undefined) return undefined;
  const at = parseTime(text);
  if (at === null) throw new TillwayError("invalid_field", { param, message: `${param} must be a time such as 2026-01-31T12:00:00Z.` });
  return at;
}
