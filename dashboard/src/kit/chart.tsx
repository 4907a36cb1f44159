/** A chart with its twin, a table of the same figures: who can't see the one reads the other. */
import { lazy, Suspense, useState } from "react";
import type { Line } from "./lines.ts";
import type { PlotProps } from "./plot.tsx";
import { cx } from "./cx.ts";
import { Loading } from "./states.tsx";

const Plot = lazy(async () => ({ default: (await import("./plot.tsx")).Plot }));

interface ChartProps {
  readonly name: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Short, at the axis; `formatWhole` has day and hour. */
  readonly formatTime: (at: number) => string;
  readonly formatWhole: (at: number) => string;
  readonly timeZone: string;
  readonly most?: number;
  readonly isTable: boolean;
}

/** More lines can't be told apart; the table has them all. */
const LINES_MAX = 6;
const marks = ["bg-accent", "bg-good", "bg-warn", "bg-bad", "bg-info", "bg-muted"];

export function Chart({ isTable, ...chart }: ChartProps) {
  if (isTable) return <FigureTable {...chart} />;
  return <Drawn {...chart} />;
}

type Drawable = Omit<ChartProps, "isTable">;

function Drawn({ name, times, lines, format, formatTime, formatWhole, timeZone, most }: Drawable) {
  const [at, setAt] = useState<number | null>(null);
  const shown = lines.slice(0, LINES_MAX);
  return (
    <figure aria-label={name}>
      <div role="img" aria-label={`Chart: ${name}. The table has the same figures.`}>
        <Suspense fallback={<Loading rows={6} />}>
          <Steady {...{ times, lines: shown, format, formatTime, timeZone, onPoint: setAt }} {...(most === undefined ? {} : { most })} />
        </Suspense>
      </div>
      <figcaption className="mt-2 flex min-h-5 flex-wrap gap-x-4 gap-y-1 text-xs">
        <span className="figures w-full text-muted">{at === null ? "In all" : formatWhole(times[at] ?? 0)}</span>
        {shown.map((line, n) => {
          const value = at === null ? line.total : (line.values[at] ?? null);
          return (
            <span key={line.label} className="inline-flex items-center gap-1.5">
              <span aria-hidden="true" className={cx("h-2 w-3 rounded-sm", marks[n])} />
              <span className="text-muted">{line.label}</span>
              <span className="figures font-medium">{value === null ? "–" : format(value)}</span>
            </span>
          );
        })}
        {lines.length > LINES_MAX && <span className="text-muted">and {lines.length - LINES_MAX} more in the table</span>}
      </figcaption>
    </figure>
  );
}

/** What is pointed at draws no chart anew: the same lines are the same chart. */
function Steady(props: PlotProps) {
  const [kept, setKept] = useState(props);
  if (kept.lines.length !== props.lines.length || kept.times !== props.times || kept.lines.some((line, at) => line !== props.lines[at]))
    setKept(props);
  return <Plot {...kept} />;
}

function FigureTable({ name, times, lines, format, formatWhole }: Drawable) {
  const cell = "border-b border-line px-3 py-1.5 first:pl-4 last:pr-4 whitespace-nowrap";
  const value = (one: number | null) => (one === null ? "–" : format(one));
  return (
    <div className="-mx-4 max-h-96 overflow-auto" tabIndex={0} role="region" aria-label={`Table: ${name}`}>
      <table className="figures w-full border-separate border-spacing-0 text-sm" aria-label={name}>
        <thead>
          <tr>
            <th scope="col" className={cx(cell, "sticky top-0 bg-ground text-left text-xs font-medium text-muted")}>
              From
            </th>
            {lines.map(({ label }) => (
              <th key={label} scope="col" className={cx(cell, "sticky top-0 bg-ground text-right text-xs font-medium text-muted")}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row" className={cx(cell, "text-left font-semibold")}>
              In all
            </th>
            {lines.map(({ label, total }) => (
              <td key={label} className={cx(cell, "text-right font-semibold")}>
                {value(total)}
              </td>
            ))}
          </tr>
          {times.map((at, n) => (
            <tr key={at}>
              <th scope="row" className={cx(cell, "text-left font-normal")}>
                {formatWhole(at)}
              </th>
              {lines.map(({ label, values }) => (
                <td key={label} className={cx(cell, "text-right")}>
                  {value(values[n] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
