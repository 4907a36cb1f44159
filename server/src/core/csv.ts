/** Comma-separated values as RFC 4180 has them, in which no cell is a formula. */

import { iso } from "./represent.ts";

/** A text that a spreadsheet would run as a formula gets a quotation mark before it, which shows that it is text. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

function cellOf(cell: string | number | null): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Where clocks change, they do so at a quarter of an hour. */
const SPAN_MS = 900_000;

/**
 * Writes times as the clocks of a place show them, with their distance to UTC: `2026-03-29T03:00:00+02:00`.
 * Null: there is no such time zone.
 */
export function clockOf(timeZone: string): ((at: number) => string) | null {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  } catch {
    return null;
  }
  let last = { span: Number.NaN, minutes: 0 };
  return (at) => {
    const span = Math.floor(at / SPAN_MS);
    if (span !== last.span) last = { span, minutes: minutesOf(format, span * SPAN_MS) };
    const { minutes } = last;
    const sign = minutes < 0 ? "-" : "+";
    const two = (value: number): string => String(value).padStart(2, "0");
    const distance = Math.abs(minutes);
    const local = iso(at + minutes * 60_000).slice(0, 19);
    return `${local}${sign}${two((distance - (distance % 60)) / 60)}:${two(distance % 60)}`;
  };
}

/** From `GMT+05:30`, or `GMT` alone. */
function minutesOf(format: Intl.DateTimeFormat, at: number): number {
  const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")!.value;
  const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? ["", "+", "0", "0"];
  return (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
}
