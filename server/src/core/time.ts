import type { Ms } from "./model.ts";

/** ISO 8601 in UTC with milliseconds. The only Date in the core: it formats a given time and never reads a clock. */
export function iso(at: Ms): string {
  // oxlint-disable-next-line no-restricted-globals -- formats its argument; reads no clock
  return new Date(at).toISOString();
}
