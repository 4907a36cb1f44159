/** A chart of lines over time: uPlot on a canvas, in the colours of the theme. Loaded by the page that shows one. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Line } from "./lines.ts";

export interface PlotProps {
  /** Begin of each point, in milliseconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** A value for eyes, also at the axis. */
  readonly format: (value: number) => string;
  readonly formatTime: (at: number) => string;
  readonly timeZone: string;
  /** The end of the axis of values, if it is known. */
  readonly most?: number;
  /** What the reader points at; null: nothing. */
  readonly onPoint?: (at: number | null) => void;
}

const HEIGHT_PX = 220;
const colors = ["--accent", "--good", "--warn", "--bad", "--info", "--muted"];
/** Lines differ by more than their colour. */
const dashes = [[], [6, 3], [2, 3], [10, 4], [8, 3, 2, 3], [3, 6]];

export function Plot(props: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const host = place.current;
    if (host === null) return undefined;
    let plot = draw(host, props);
    const redraw = () => {
      plot.destroy();
      plot = draw(host, props);
    };
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const size = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT_PX }));
    size.observe(host);
    return () => {
      theme.disconnect();
      size.disconnect();
      plot.destroy();
    };
  }, [props]);
  return <div ref={place} className="min-w-0 overflow-hidden" />;
}

function draw(host: HTMLElement, { times, lines, format, formatTime, timeZone, most, onPoint }: PlotProps): uPlot {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line"), width: 1 },
    font: "11px system-ui",
  };
  const widest = Math.max(6, ...lines.flatMap(({ values }) => values.map((value) => (value === null ? 0 : format(value).length))));
  return new uPlot(
    {
      width: Math.max(host.clientWidth, 100),
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), timeZone),
      scales: { y: { range: (_plot, _least, top) => [0, most ?? Math.max(top * 1.1, 1)] } },
      axes: [
        { ...axis, space: 70, values: (_plot, splits) => splits.map((at) => formatTime(at * 1_000)) },
        { ...axis, size: Math.min(110, 18 + widest * 6), values: (_plot, splits) => splits.map((value) => format(value)) },
      ],
      series: [
        {},
        ...lines.map(({ label, values }, at) => ({
          label,
          stroke: color(colors[at % colors.length]!),
          width: 2,
          dash: dashes[at % dashes.length]!,
          points: { show: true, size: 6, fill: color(colors[at % colors.length]!), filter: () => lonelyOf(values) },
        })),
      ],
      hooks: { setCursor: [(plot) => onPoint?.(plot.cursor.idx ?? null)] },
    },
    [times.map((at) => at / 1_000), ...lines.map(({ values }) => [...values])],
    host,
  );
}

/** Points with nothing at either side: a line would not show them, e.g. on the first day. */
function lonelyOf(values: readonly (number | null)[]): number[] {
  return values.flatMap((value, at) =>
    value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? [at] : [],
  );
}
