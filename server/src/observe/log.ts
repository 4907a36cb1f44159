import { pino } from "pino";
import type { Log, LogLevel } from "../core/ports/log.ts";
import { toDescriptor, type Destination } from "./destination.ts";
import { redact, redactText } from "./redact.ts";
import { countingRepeats, type Line } from "./repeats.ts";

export interface LogOptions {
  readonly level: LogLevel;
  /** Where the lines go: one of the process's own outputs, or anything that takes a line. */
  readonly destination: "stdout" | "stderr" | { write(line: string): void };
  /** Stands in every line, e.g. the role of the process. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface ProcessLog extends Log {
  /** Writes what is still in memory; for the end of the process. */
  flush(): void;
}

/**
 * JSON lines with level, ISO time and message. Card numbers and secrets are taken out of fields and messages. Equal warnings and errors are
 * counted rather than repeated. Never throws.
 */
export function createLog(options: LogOptions): ProcessLog {
  const destination = open(options.destination);
  const logger = pino(
    {
      level: options.level,
      base: options.fields === undefined ? null : (redact(options.fields) as Record<string, unknown>),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
  const counting = countingRepeats(({ level, fields, message }) => logger[level](fields, message));
  const write = (level: Line["level"]) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    if (logger.isLevelEnabled(level)) counting.write({ level, fields: redact(fields) as Line["fields"], message: redactText(message) });
  };
  return {
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    flush: () => {
      counting.flush();
      destination.flushSync();
    },
  };
}

function open(destination: LogOptions["destination"]): Destination {
  if (typeof destination === "string") return toDescriptor(destination === "stdout" ? 1 : 2);
  return { write: (line) => destination.write(line), flushSync: () => {} };
}
