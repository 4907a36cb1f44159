/** Days of the reader's zone, and the moments that the API takes for them. */

export type Edge = "from" | "before";

/** The day that a moment stands for; null: it is no moment. */
export function dayOf(moment: string, edge: Edge): Date | null {
  const date = new Date(moment);
  if (moment === "" || Number.isNaN(date.getTime())) return null;
  if (edge === "before") date.setMilliseconds(-1);
  return date;
}

/** As a field for days wants it: `YYYY-MM-DD`. */
export function dayField(moment: string, edge: Edge): string {
  const date = dayOf(moment, edge);
  if (date === null) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function momentOf(day: string, edge: Edge): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  // By the calendar, not by 24 hours: some days have 23 or 25.
  return day === "" ? "" : new Date(year, month - 1, edge === "from" ? date : date + 1).toISOString();
}
