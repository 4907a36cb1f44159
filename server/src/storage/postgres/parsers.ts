/** How values of PostgreSQL are read. */
import pg from "pg";

const INT8 = 20;
const JSON_TEXT = 114;
const TIMESTAMPTZ = 1184;

/** Of this pool only: `pg.types` is global and belongs to everybody in the process. */
export function parserOf(oid: number, format?: string): (text: string) => unknown {
  if (format !== "binary") {
    if (oid === INT8) return Number;
    if (oid === TIMESTAMPTZ) return parseTime;
    if (oid === JSON_TEXT) return JSON.parse as (text: string) => unknown;
  }
  return pg.types.getTypeParser(oid, format as "text") as (text: string) => unknown;
}

/** `2026-11-21 03:22:00.12+00` in milliseconds; the session's time zone is UTC. */
function parseTime(text: string): number {
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11)}:00`);
}
