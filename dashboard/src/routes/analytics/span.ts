/** What the address says of time and grouping: the same link shows the same. */
import { useMemo } from "react";
import { useQueryText } from "../../kit/scope.ts";
import { zone as ownZone } from "../../kit/time.tsx";

const DAY_MS = 86_400_000;

export const ranges = [
  { value: "24h", label: "24 hours", ms: DAY_MS, by: "hour" },
  { value: "7d", label: "7 days", ms: 7 * DAY_MS, by: "hour" },
  { value: "30d", label: "30 days", ms: 30 * DAY_MS, by: "day" },
  { value: "90d", label: "90 days", ms: 90 * DAY_MS, by: "day" },
  { value: "1y", label: "A year", ms: 365 * DAY_MS, by: "day" },
] as const;

export type Step = "hour" | "day";

/** Hours of more days than a month would be too many points. */
export const hoursFit = (range: string) => range === "24h" || range === "7d" || range === "30d";

/** @param set the merchant's own zone, which the address may overrule */
export function useSpan(set: string) {
  const text = useQueryText();
  const range = ranges.find(({ value }) => value === text["range"]) ?? ranges[2];
  const asked = text["by"] === "hour" || text["by"] === "day" ? text["by"] : range.by;
  const by: Step = asked === "hour" && !hoursFit(range.value) ? "day" : asked;
  const group = ["connector", "method", "currency"].find((one) => one === text["group"]) ?? "";
  const timeZone = isZone(text["zone"]) ? text["zone"]! : set;
  // To the quarter of an hour, so that the same question is asked once and not at each drawing.
  const from = useMemo(() => {
    const quarter = 900_000;
    return new Date(Math.floor((Date.now() - range.ms) / quarter) * quarter).toISOString();
  }, [range.ms]);
  const formats = useMemo(() => formatsOf(timeZone, by), [timeZone, by]);
  return { range: range.value, by, group, timeZone, from, ...formats };
}

export type Span = ReturnType<typeof useSpan>;

function isZone(name: string | undefined): boolean {
  try {
    return name !== undefined && new Intl.DateTimeFormat("en", { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

function formatsOf(timeZone: string, by: Step) {
  const day = new Intl.DateTimeFormat(undefined, { timeZone, day: "numeric", month: "short" });
  const hour = new Intl.DateTimeFormat(undefined, { timeZone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const wholeDay = new Intl.DateTimeFormat(undefined, { timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric" });
  const axis = by === "day" ? day : hour;
  const whole = by === "day" ? wholeDay : hour;
  return { formatTime: (at: number) => axis.format(at), formatWhole: (at: number) => whole.format(at) };
}

/** UTC, the reader's own, the address's, and those that most merchants are in. */
export function zoneChoices(chosen: string): readonly string[] {
  return [
    ...new Set([
      ownZone,
      "UTC",
      "Asia/Kolkata",
      "Asia/Singapore",
      "Europe/Berlin",
      "Europe/London",
      "America/New_York",
      "America/Los_Angeles",
      chosen,
    ]),
  ];
}
