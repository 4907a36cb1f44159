import { write, writeSync } from "node:fs";
import { pino } from "pino";
import { codeOf } from "../core/errors.ts";
import { isCardNumber, hideAndCut, hideOurSecrets } from "../core/card-number.ts";
import type { Log, LogLevel } from "../core/ports/world.ts";
import { recordLine } from "./records.ts";

export interface LogOptions {
  readonly level: LogLevel;
  /** One of the process's own outputs, or anything that takes a line. */
  readonly destination: "stdout" | "stderr" | Destination;
  /** Members of every line, e.g. the role of the process. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface ProcessLog extends Log {
  /** Writes the lines that are still in memory; for the end of the process. */
  flush(): void;
}

/**
 * JSON lines with level, ISO time and message. Card numbers and secrets are removed from fields and messages. Equal warnings and errors are
 * counted rather than repeated. Never throws.
 */
export function createLog(options: LogOptions): ProcessLog {
  const named = options.destination;
  const destination = typeof named === "string" ? toDescriptor(named === "stdout" ? 1 : 2) : named;
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
  const writer = (level: Line["level"]) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    if (logger.isLevelEnabled(level)) counting.write({ level, fields: redact(fields) as Line["fields"], message: redactText(message) });
  };
  const base = options.fields === undefined ? "" : `,${JSON.stringify(redact(options.fields)).slice(1, -1)}`;
  const info = writer("info");
  return {
    info: (fields, message) => {
      const record = logger.isLevelEnabled("info") ? recordLine(message, fields, base, redactText) : null;
      if (record === null) info(fields, message);
      else destination.write(`${record}\n`);
    },
    warn: writer("warn"),
    error: writer("error"),
    flush: () => {
      counting.flush();
      destination.flushSync?.();
    },
  };
}

interface Line {
  readonly level: "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Equal lines a minute that are written: enough to show that it goes on. */
export const EQUAL_LINES_MAX = 5;
export const REPEATS_EVERY_MS = 60_000;
/** Kinds of lines that are counted at a time; others are written as they come. */
const KINDS_MAX = 1_000;
/** Fields that differ between equal lines. */
const VARYING = new Set(["request_id", "duration_ms", "delayMs"]);

/**
 * Writes the first few of equal warnings and errors; the rest are counted, and their number is written once a minute. Infos pass, since
 * each is about something else.
 */
function countingRepeats(write: (line: Line) => void): { write(line: Line): void; flush(): void } {
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
      const fields = Object.fromEntries(Object.entries(line.fields).filter(([name]) => !VARYING.has(name)));
      const key = JSON.stringify([line.level, line.message, fields]);
      const known = seen.get(key);
      if (known !== undefined) known.count++;
      else if (seen.size < KINDS_MAX) seen.set(key, { line: { ...line, fields }, count: 1 });
      timer ??= setTimeout(flush, REPEATS_EVERY_MS).unref();
      if (known === undefined || known.count <= EQUAL_LINES_MAX) write(line);
    },
  };
}

/** Takes log lines. */
export interface Destination {
  write(line: string): void;
  /** Writes the lines that are still in memory; for the end of the process. */
  flushSync?(): void;
}

/** Lines beyond this are dropped: a reader that stands still must not fill our memory. */
const WAITING_MAX = 16 * 1024 * 1024;
/** A pipe whose reader is busy. */
const FULL_FOR_NOW = "EAGAIN";
const BUSY_PAUSE_MS = 10;
/** The end of the process waits for a busy reader no longer than this. */
const FLUSH_TRIES_MAX = 100;

/** Under load a write costs as much as ten lines do. */
const AFTER_WRITE_MS = 10;

/**
 * Lines of one turn of the event loop go out as one write; those that come during a write as one more, a moment after it: under load a write per
 * line is a tenth of the CPU. Lines that cannot be written are dropped: a closed terminal or a full disk must neither end a process that moves money nor
 * hold up its end.
 */
export function toDescriptor(fd: number): Required<Destination> {
  let waiting = "";
  let isWriting = false;

  function writeWaiting(): void {
    const bytes = Buffer.from(waiting);
    waiting = "";
    isWriting = bytes.length > 0;
    if (isWriting) put(bytes);
  }

  function put(bytes: Buffer): void {
    write(fd, bytes, (error, written) => {
      if (codeOf(error) === FULL_FOR_NOW) return void setTimeout(put, BUSY_PAUSE_MS, bytes);
      if (error === null && written < bytes.length) put(bytes.subarray(written));
      else if (waiting === "") isWriting = false;
      else setTimeout(writeWaiting, AFTER_WRITE_MS);
    });
  }

  return {
    write(line) {
      if (waiting.length > WAITING_MAX) return;
      if (waiting === "" && !isWriting) setImmediate(() => isWriting || writeWaiting());
      waiting += line;
    },
    flushSync() {
      let bytes = Buffer.from(waiting);
      waiting = "";
      for (let tries = 0; bytes.length > 0 && tries < FLUSH_TRIES_MAX; tries++) {
        try {
          bytes = bytes.subarray(writeSync(fd, bytes));
        } catch (error) {
          if (codeOf(error) !== FULL_FOR_NOW) return;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
        }
      }
    },
  };
}

const DEPTH_MAX = 8;
const ITEMS_MAX = 100;
const TEXT_MAX_LENGTH = 8_192;
const HIDDEN = "[redacted]";
const CARD_NUMBER = "[card number]";

/** Names of secrets, in any spelling (`apiSecret`, `api_secret`, `X-Api-Secret`). */
const SECRET_NAME =
  /secret|password|passphrase|passwd|authorization|cookie|credential|masterkey|privatekey|apikey|cvv|cvc|cardnumber|accesstoken|refreshtoken|sessiontoken|csrf/;
const SECRET_WHOLE_NAME = new Set(["pan", "pin", "otp", "token", "auth", "tokens"]);

/**
 * Copies a value for the log: hides secrets by their name, card numbers and keys by their looks; errors become plain objects. It is a
 * net, not the rule: callers choose fields that are fit to be read. Never throws and never takes long: depth, width and length are bounded.
 */
export function redact(value: unknown): unknown {
  try {
    return clean(value, []);
  } catch {
    // A getter or a `toJSON` that throws must not take the process with it.
    return "[unreadable]";
  }
}

/** Hides card numbers, secret keys and passwords of URLs in a text. */
export function redactText(text: string): string {
  const shown = hideAndCut(text, TEXT_MAX_LENGTH, `… (${text.length} characters)`);
  if (!MAY_HOLD_SECRET.test(shown)) return shown;
  return hideOurSecrets(shown)
    .replace(/(:\/\/[^\s:/@]*):[^\s/@]+@/g, `$1:${HIDDEN}@`)
    .replace(/\b(Basic|Bearer) +[A-Za-z0-9+/=._~-]{8,}/gi, `$1 ${HIDDEN}`);
}

/** Every text in which the patterns of `redactText` find something has one of these; nearly no other text has. */
const MAY_HOLD_SECRET = /sk_|whsec_|:\/\/|basic|bearer/i;

function clean(value: unknown, parents: readonly object[]): unknown {
  if (typeof value === "string") return redactText(value);
  // Card numbers have 14 digits or more.
  if (typeof value === "number") return value >= 1e12 && isCardNumber(String(value)) ? CARD_NUMBER : value;
  if (typeof value === "bigint") return isCardNumber(String(value)) ? CARD_NUMBER : String(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (value === null || typeof value !== "object") return value;
  if (parents.length >= DEPTH_MAX || parents.includes(value)) return "[…]";
  return cleanObject(value, [...parents, value]);
}

function cleanObject(value: object, parents: readonly object[]): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause, ...own } = value;
    return cleanMembers({ type: name, message, stack, cause, ...own }, parents);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value) || value instanceof Set) return [...value].slice(0, ITEMS_MAX).map((item) => clean(item, parents));
  return cleanMembers(value instanceof Map ? Object.fromEntries(value) : value, parents);
}

function cleanMembers(value: Readonly<Record<string, unknown>>, parents: readonly object[]): Record<string, unknown> {
  const keys = Object.keys(value);
  const cleaned: Record<string, unknown> = {};
  for (let i = 0; i < keys.length && i < ITEMS_MAX; i++) {
    const { shown, isSecret } = nameOf(keys[i]!);
    const item = value[keys[i]!];
    cleaned[shown] = isSecret && item !== null && item !== undefined ? HIDDEN : clean(item, parents);
  }
  return cleaned;
}

const names = new Map<string, { readonly shown: string; readonly isSecret: boolean }>();
/** Our own field names are few; those of others must not fill the memory. */
const NAMES_MAX = 1_000;

function nameOf(key: string): { readonly shown: string; readonly isSecret: boolean } {
  const known = names.get(key);
  if (known !== undefined) return known;
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  const name = { shown: redactText(key), isSecret: SECRET_NAME.test(plain) || SECRET_WHOLE_NAME.has(plain) };
  if (names.size < NAMES_MAX) names.set(key, name);
  return name;
}
