/** How messages name the fields of a request. */
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
  let best: string | null = null;
  let bestDistance = Math.min(DISTANCE_MAX, Math.ceil(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, squash(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `captureMethod`, `capture-method` and `capture_method` are one name to a person. */
function squash(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Levenshtein's distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
