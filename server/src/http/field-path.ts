import { holdsCardNumber } from "../core/card-number.ts";

const PATH_MAX_CHARS = 100;

/** `["card", "number"]` → `card.number`: how `param` names a field. Names come from the caller, so a card number or flood in one is cut. */
export function fieldPath(segments: readonly string[]): string {
  const path = segments.map((segment) => (holdsCardNumber(segment) ? "[removed]" : segment)).join(".");
  return path.length > PATH_MAX_CHARS ? `${path.slice(0, PATH_MAX_CHARS)}…`.replace(/\p{Surrogate}/gu, "") : path;
}
