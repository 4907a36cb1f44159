export interface ProgressLine {
  /** Shows it, at most once a second on a terminal, at most every five seconds elsewhere. */
  show(text: string): void;
  /** Leaves an empty line on a terminal. */
  clear(): void;
}

/** A line that is written over on a terminal; in a log, one line now and then. */
export function progressLine(out: { readonly isTTY?: boolean; write(text: string): unknown }): ProgressLine {
  const everyMs = out.isTTY ? 1_000 : 5_000;
  let shownAt = performance.now();
  let width = 0;
  return {
    show: (text) => {
      if (performance.now() - shownAt < everyMs) return;
      shownAt = performance.now();
      out.write(out.isTTY ? `\r${text.padEnd(width)}` : `${text}\n`);
      width = text.length;
    },
    clear: () => {
      if (out.isTTY && width > 0) out.write(`\r${" ".repeat(width)}\r`);
      width = 0;
    },
  };
}
