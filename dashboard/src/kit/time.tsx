/** Times for eyes: in the reader's own zone, the whole with its zone and UTC in the title. */

/** The zone that times are shown in. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The same in few letters, as it is today: `GMT+5:30`. */
export const zoneName =
  new Intl.DateTimeFormat(undefined, { timeZoneName: "short" }).formatToParts().find(({ type }) => type === "timeZoneName")?.value ?? zone;

const near = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const far = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

interface TimeProps {
  readonly at: string;
  /** With them and without the day, for lists of what happened one after the other. */
  readonly seconds?: boolean;
  /** With its year, seconds and zone, where there is one of it. */
  readonly whole?: boolean;
}

export function Time({ at, seconds = false, whole: isWhole = false }: TimeProps) {
  const date = new Date(at);
  const short = date.getFullYear() === new Date().getFullYear() ? near : far;
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  return (
    <time dateTime={at} title={`${exact.format(date)} (${zone}) · ${at}`} className="figures whitespace-nowrap">
      {(isWhole ? whole : seconds ? clock : short).format(date)}
    </time>
  );
}

/** "3 minutes ago", "in 2 hours". Not kept up to date: for times whose exact value is beside it or in the title. */
export function Ago({ at }: { at: string }) {
  const seconds = (new Date(at).getTime() - Date.now()) / 1_000;
  return (
    <time dateTime={at} title={`${exact.format(new Date(at))} (${zone})`} className="whitespace-nowrap">
      {agoOf(seconds)}
    </time>
  );
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

function agoOf(seconds: number): string {
  const unit = units.find(([, size]) => Math.abs(seconds) >= size);
  return unit === undefined ? relative.format(Math.round(seconds), "second") : relative.format(Math.round(seconds / unit[1]), unit[0]);
}

/** A time that passed: `1.2 s`, `340 ms`, `5 min`. */
export function durationOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
}
