/** Today's sums, as an overview shows them. */
import type { Today } from "./ports/analytics.ts";

export interface Volume {
  readonly currency: string;
  readonly count: number;
  readonly captured: number;
  readonly refunded: number;
  readonly net: number;
}

/** Amounts of two currencies are never added. Of two with as many charges, the first by name stands first. */
export function sumsOf(rows: Today["rows"]) {
  const sum = (of: "count" | "amount", what: string, member: Partial<Today["rows"][number]>): number =>
    rows
      .filter((row) => row.what === what && Object.entries(member).every(([name, value]) => row[name as keyof typeof row] === value))
      .reduce((total, row) => total + row[of], 0);
  const moved = rows.filter(({ what }) => what === "captured" || what === "refunded");
  const volume = [...new Set(moved.map(({ currency }) => currency))].map((currency): Volume => {
    const [captured, refunded] = [sum("amount", "captured", { currency }), sum("amount", "refunded", { currency })];
    return { currency, count: sum("count", "captured", { currency }), captured, refunded, net: captured - refunded };
  });
  volume.sort((one, other) => other.count - one.count || (one.currency < other.currency ? -1 : 1));
  const ended = (outcome: string): number => sum("count", "payment", { outcome });
  const [succeeded, authorized, failed, canceled] = [ended("succeeded"), ended("authorized"), ended("failed"), ended("canceled")];
  const tried = succeeded + authorized + failed;
  const rate = tried === 0 ? null : Math.round(((succeeded + authorized) / tried) * 10_000) / 10_000;
  return { volume, payments: { succeeded, authorized, failed, canceled, success_rate: rate } };
}
