/** The time and the ids of the rows that tests build. */
import { randomBytes } from "node:crypto";
import type { IdPrefix } from "../../core/change.ts";
import { newId } from "../../core/ids.ts";
import type { Ms } from "../../core/model.ts";

/** 2027-01-15T08:00:00.000Z */
export const T0: Ms = 1_800_000_000_000;

let ticks = 0;

/** A later time at every call, so that rows have the order in which they were built. */
export function tick(): Ms {
  return T0 + ticks++;
}

/** A new id; later calls give greater ones. */
export function id(prefix: IdPrefix): string {
  return newId(prefix, tick(), randomBytes(16));
}
