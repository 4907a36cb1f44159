/** The requests that were carried out, one line each: carried out again they give the same state. For trials: no power cut is foreseen. */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import type { Ms } from "../ports.ts";
import type { StripeFault } from "./faults.ts";

export interface JournalLine {
  readonly at: Ms;
  /** How many ids there were before. */
  readonly made: number;
  readonly fault: StripeFault | null;
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly body: string | null;
}

export interface StripeJournal {
  /** Ids are made of it, now as then. */
  readonly seed: string;
  readonly lines: readonly JournalLine[];
  write(line: JournalLine): void;
  close(): void;
}

/** A line that was cut off by the end of its process was never answered: it is taken out. Throws if another one can't be read. */
export function openStripeJournal(path: string, newSeed: string): StripeJournal {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const [first, ...lines] = whole.split("\n").filter((line) => line !== "");
  const seed = first === undefined ? newSeed : seedIn(read(first, path));
  if (first === undefined) appendFileSync(path, `${JSON.stringify({ seed })}\n`, { mode: 0o600 });
  const file = openSync(path, "a", 0o600);
  return {
    seed,
    lines: lines.map((line) => read(line, path) as JournalLine),
    write: (line) => void writeSync(file, `${JSON.stringify(line)}\n`),
    close: () => closeSync(file),
  };
}

function read(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`${path} holds a line that is no JSON. Name another file, or remove this one: it holds the books of a trial only.`);
  }
}

function seedIn(line: unknown): string {
  const { seed } = (line ?? {}) as { seed?: unknown };
  if (typeof seed !== "string") throw new Error("The journal begins with no seed: it is none of this far side's. Name another file.");
  return seed;
}
