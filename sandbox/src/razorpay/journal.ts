/** The requests that may change something, one line each: carried out again they give the same books. For trials: no power cut is foreseen. */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import type { FarRequest } from "../far-side.ts";
import type { FaultName } from "../faults.ts";
import type { Ms } from "../ports.ts";

export interface JournalLine extends FarRequest {
  readonly at: Ms;
  readonly fault?: FaultName;
}

export interface Journal {
  /** Of the ids, now as then. */
  readonly seed: string;
  readonly lines: readonly JournalLine[];
  write(request: FarRequest, at: Ms, fault: FaultName | undefined): void;
  close(): void;
}

/** A line that was cut off by the end of its process was never answered: it is taken out. Throws if another one can't be read. */
export function openJournal(path: string, newSeed: string): Journal {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const [first, ...lines] = whole.split("\n").filter((line) => line !== "");
  const seed = first === undefined ? newSeed : seedIn(parsed(first, path), path);
  if (first === undefined) appendFileSync(path, `${JSON.stringify({ razorpay: seed })}\n`, { mode: 0o600 });
  const file = openSync(path, "a", 0o600);
  return {
    seed,
    lines: lines.map((line) => parsed(line, path) as JournalLine),
    write({ method, path: target, headers, body }, at, fault) {
      const { authorization, "x-refund-idempotency": key } = headers;
      const line: JournalLine = { at, fault, method, path: target, headers: { authorization, "x-refund-idempotency": key }, body };
      writeSync(file, `${JSON.stringify(line)}\n`);
    },
    close: () => closeSync(file),
  };
}

function parsed(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw unreadable(path);
  }
}

function seedIn(line: unknown, path: string): string {
  const { razorpay: seed } = (line ?? {}) as { razorpay?: unknown };
  if (typeof seed !== "string") throw unreadable(path);
  return seed;
}

function unreadable(path: string): Error {
  return new Error(`${path} is no journal of this far side. Name another file, or remove this one: it holds the books of a trial only.`);
}
