/** Equal lines: the first few are written, the rest are counted and told once a minute. */

export interface Line {
  readonly level: "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** So many equal lines a minute show that it goes on. */
export const EQUAL_LINES_MAX = 5;
export const REPEATS_EVERY_MS = 60_000;
/** Kinds that are counted at once; others are written as they come. */
const KINDS_MAX = 1_000;
/** What differs in lines that say the same. */
const WHO = new Set(["request_id", "duration_ms", "delayMs"]);

/** Wraps a writer of lines. Infos pass: each is about something else. */
export function countingRepeats(write: (line: Line) => void): { write(line: Line): void; flush(): void } {
  const seen = new Map<string, { readonly line: Line; count: number }>();
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    for (const { line, count } of seen.values())
      if (count > EQUAL_LINES_MAX)
        write({ ...line, fields: { ...line.fields, repeated: count - EQUAL_LINES_MAX, within_ms: REPEATS_EVERY_MS } });
    seen.clear();
  }

  return {
    flush,
    write(line) {
      if (line.level === "info") return write(line);
      const fields = Object.fromEntries(Object.entries(line.fields).filter(([name]) => !WHO.has(name)));
      const key = JSON.stringify([line.level, line.message, fields]);
      const known = seen.get(key);
      if (known !== undefined) known.count++;
      else if (seen.size < KINDS_MAX) seen.set(key, { line: { ...line, fields }, count: 1 });
      timer ??= setTimeout(flush, REPEATS_EVERY_MS).unref();
      if (known === undefined || known.count <= EQUAL_LINES_MAX) write(line);
    },
  };
}
