/** Keeps requests that changed or refused something, beside the answers: in batches, at a bounded rate, never in a caller's way. */
import { holdsCardNumber } from "../core/card-number.ts";
import { tokenMethods } from "../core/methods/method.ts";
import type { Ms } from "../core/model.ts";
import type { RequestLog, RequestRecord, SeenRequest } from "../core/ports/requests.ts";
import type { Log } from "../core/ports/world.ts";

export interface RecorderDeps {
  readonly write: RequestLog["record"];
  readonly clock: { now(): Ms };
  readonly log: Pick<Log, "warn">;
}

export interface RequestRecorder {
  record(seen: SeenRequest): void;
  /** Writes what is left, once. */
  close(): Promise<void>;
}

const FLUSH_EVERY_MS = 250;
const BATCH_MAX = 500;
/** A database that is busy or restarts takes them a little later. What was written although its answer was lost is written once all the same. */
const WRITE_TRIES_MAX = 5;
/** In a second: of all merchants, and refusals of one. A caller in a loop repeats itself, and must not fill the disk or take others' room. */
export const RECORDED_PER_SECOND = { all: 2_000, refusalsOfOne: 50 };

export function createRequestRecorder({ write, clock, log }: RecorderDeps): RequestRecorder {
  let waiting: RequestRecord[] = [];
  let dropped = 0;
  let reason: { readonly error?: string } = {};
  let failures = 0;
  let isClosing = false;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  const allowed = ratePerSecond();

  async function flush(): Promise<void> {
    timer = null;
    const rows = waiting;
    waiting = [];
    for (let from = 0; from < rows.length; from += BATCH_MAX) {
      const batch = rows.slice(from, from + BATCH_MAX);
      try {
        await write(batch);
        failures = 0;
      } catch (error) {
        if (!isClosing && ++failures < WRITE_TRIES_MAX) return keepForLater(rows.slice(from));
        dropped += batch.length;
        reason = { error: String(error) };
      }
    }
    if (dropped > 0) log.warn({ dropped, ...reason }, "requests were not kept: too many in a second, or the database did not take them");
    dropped = 0;
    reason = {};
  }

  /** Before those that came meanwhile, all of them within the bound. */
  function keepForLater(rows: readonly RequestRecord[]): void {
    const all = [...rows, ...waiting];
    waiting = all.slice(0, RECORDED_PER_SECOND.all);
    dropped += all.length - waiting.length;
    arm();
  }

  function arm(): void {
    timer ??= setTimeout(() => void (writing = writing.then(flush)), FLUSH_EVERY_MS).unref();
  }

  return {
    record: (seen) => {
      // One that waits for a slow database is bounded like the rest: by what comes in the seconds meanwhile.
      const isFull = waiting.length >= RECORDED_PER_SECOND.all;
      if (isFull || !allowed(seen, performance.now())) return void dropped++;
      waiting.push({ ...seen, body: shownBody(seen.body), at: clock.now() });
      arm();
    },
    close: () => {
      isClosing = true;
      if (timer !== null) clearTimeout(timer);
      return (writing = writing.then(flush));
    },
  };
}

function ratePerSecond(): (seen: SeenRequest, nowMs: number) => boolean {
  let second = -1;
  let all = 0;
  const refusals = new Map<string, number>();
  return ({ merchantId, status }, nowMs) => {
    if (Math.floor(nowMs / 1_000) !== second) {
      second = Math.floor(nowMs / 1_000);
      all = 0;
      refusals.clear();
    }
    if (++all > RECORDED_PER_SECOND.all) return false;
    if (status !== null && status < 400) return true;
    const mine = (refusals.get(merchantId) ?? 0) + 1;
    refusals.set(merchantId, mine);
    return mine <= RECORDED_PER_SECOND.refusalsOfOne;
  };
}

const BODY_MAX = 8_000;
const MEMBERS_MAX = 50;
const DEPTH_MAX = 3;
/** A name of ours, or one that is near it. */
const NAME = /^[A-Za-z_]{1,40}$/;
/** Fields whose value is one of a few words. */
const WORDS = new Set(["currency", "method", "capture_method", "status", "type", "mode", "reason_code"]);
const WORD = /^[A-Za-z_]{1,20}$/;
/** Methods whose fields nobody may see. */
const SECRETS: ReadonlySet<string> = new Set(tokenMethods);
/** Fields whose number is money. */
const AMOUNTS = new Set(["amount"]);
const AMOUNT_MAX = 1e12;
const OUR_ID = /^[a-z]{2,5}_[0-9A-HJKMNP-TV-Z]{26}$/;

/** JSON text of a body: its form, and the values of fields whose values can be nobody's secret. Null: there was none. */
export function shownBody(body: unknown): string | null {
  if (body === undefined || body === null) return null;
  const text = JSON.stringify(shown("", body, 0));
  return text.length > BODY_MAX ? JSON.stringify("[too long]") : text;
}

function shown(name: string, value: unknown, depth: number): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return AMOUNTS.has(name) && Math.abs(value) < AMOUNT_MAX ? value : "[number]";
  if (typeof value === "string")
    return isPlain(value, OUR_ID) || (WORDS.has(name) && isPlain(value, WORD)) ? value : `[text, ${value.length} characters]`;
  if (Array.isArray(value)) return `[list, ${value.length} items]`;
  if (typeof value !== "object" || Buffer.isBuffer(value)) return "[hidden]";
  // Not even the form of what belongs to a card, or to anything else that is exchanged for a token.
  if (SECRETS.has(name) || depth >= DEPTH_MAX) return "[hidden]";
  const members = Object.entries(value).slice(0, MEMBERS_MAX);
  return Object.fromEntries(members.map(([key, member]) => [isPlain(key, NAME) ? key : "[name]", shown(key, member, depth + 1)]));
}

/** In base64, one card number of American Express in a hundred is nothing but letters. */
function isPlain(text: string, form: RegExp): boolean {
  return form.test(text) && !holdsCardNumber(text);
}
