/** How messages name the fields of a request. */
import { closestMatch } from "leven";
import { holdsCardNumber } from "../core/card-number.ts";

const PATH_MAX_CHARS = 100;
const DISTANCE_MAX = 2;
const NAME_MAX_CHARS = 40;

/** `["card", "number"]` → `card.number`: how `param` names a field. Names come from the caller, so a card number or flood in one is cut. */
export function fieldPath(segments: readonly string[]): string {
  const path = segments.map((segment) => (holdsCardNumber(segment) ? "[removed]" : segment)).join(".");
  return path.length > PATH_MAX_CHARS ? `${path.slice(0, PATH_MAX_CHARS)}…`.replace(/\p{Surrogate}/gu, "") : path;
}

/** The known name that a misspelt one most likely meant, or null. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > NAME_MAX_CHARS) return null;
  const wanted = squash(name);
  const names = new Map(known.map((each) => [squash(each), each]));
  const near = closestMatch(wanted, [...names.keys()], { maxDistance: Math.min(DISTANCE_MAX, Math.ceil(wanted.length / 3)) });
  return near === undefined ? null : names.get(near)!;
}

/** `captureMethod`, `capture-method` and `capture_method` are one name to a person. */
function squash(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
