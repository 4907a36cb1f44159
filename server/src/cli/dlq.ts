import { LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from "../core/constants.ts";
import { DEAD_MESSAGES_HANDLED_MAX, deadMessageStatuses, type DeadMessage, type DeadMessageFilter } from "../core/dead-messages.ts";
import { TillwayError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { DeadMessages } from "../core/ports/dead-messages.ts";
import { iso } from "../core/represent.ts";
import { handleDeadMessage, type Hand } from "../flows/dead-messages/handle.ts";
import type { Parts } from "../wire.ts";
import { UsageError } from "./explain.ts";
import { indented, listed } from "./text.ts";
import { runVerb, userName, type Given, type Shown, type Verb } from "./verbs.ts";

const picked = ["engine", "place", "text"] as const;
type Option = (typeof picked)[number] | "status" | "limit" | "after" | "reason" | "by" | "dry-run";

export const dlqVerbs: Readonly<Record<string, Verb<Option>>> = {
  list: { takes: [...picked, "status", "limit", "after"], run: list },
  show: { takesId: "MESSAGE", run: show },
  replay: { takesId: "MESSAGE", takes: ["reason"], needs: ["by"], run: one("replay") },
  discard: { takesId: "MESSAGE", needs: ["reason", "by"], run: one("discard") },
  "replay-all": { takes: [...picked, "limit", "dry-run", "reason"], needs: ["by"], run: all("replay") },
  "discard-all": { takes: [...picked, "limit", "dry-run"], needs: ["reason", "by"], run: all("discard") },
};

/** `dlq list`, `show`, `replay` and `discard`: for the operator, over the messages of an engine that nobody could read. */
export function runDlq(argv: string[]): Promise<number> {
  return runVerb("dlq", "dead messages", dlqVerbs, argv);
}

async function list(parts: Parts, given: Given<Option>): Promise<Shown> {
  if (given.after !== undefined && !isId("dmsg", given.after)) throw new UsageError("--after takes the id of a dead message");
  const limit = limitIn(given, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX);
  const status = oneOf("status", given.status ?? "open", deadMessageStatuses);
  const { rows, hasMore } = await portOf(parts).list({ ...filterIn(given), status, limit, after: given.after });
  const lines = rows.map((row) => `${row.id}  ${iso(row.foundAt)}  ${row.status}  ${placeOf(row)}\n  ${indented(row.reason, 2)}`);
  if (hasMore) lines.push(`There are more: add --after ${rows.at(-1)!.id}`);
  return { text: lines.join("\n") || `No ${status} dead messages.`, json: { data: rows.map(shown), has_more: hasMore } };
}

async function show(parts: Parts, _given: Given<Option>, id: string): Promise<Shown> {
  const row = await known(parts, id);
  const headers = Object.entries(row.headers).map(([name, value]) => `${name}: ${value}`);
  const ended =
    row.handledAt === null ? "" : ` ${iso(row.handledAt)} by ${row.handledBy}${row.handledReason ? `: ${row.handledReason}` : ""}`;
  const fields: readonly (readonly [string, string])[] = [
    ["message", row.id],
    ["status", `${row.status}${ended}`],
    ["where", placeOf(row)],
    ["found", iso(row.foundAt)],
    ["reason", row.reason],
    ["job", row.jobId ?? "it names none"],
    ["headers", headers.join("\n") || "none"],
    ["bytes", String(row.bytes)],
    ["value", row.value ?? "none"],
  ];
  const text = fields.map(([name, value]) => `${name.padEnd(8)} ${indented(value, 9)}`).join("\n");
  return { text, json: { ...shown(row), headers: row.headers, value: row.value } };
}

function one(action: Hand["action"]): Verb<Option>["run"] {
  return async (parts, given, id) => {
    const row = await handleDeadMessage(handling(parts), await known(parts, id), handIn(given, action));
    const text = action === "replay" ? `${id} is replayed: its job ${row.jobId} is due now.` : `${id} is discarded.`;
    return { text, json: shown(row) };
  };
}

/** Those that are open and match, newest first, up to a limit. What can't be done is counted and stays. */
function all(action: Hand["action"]): Verb<Option>["run"] {
  return async (parts, given) => {
    const limit = limitIn(given, DEAD_MESSAGES_HANDLED_MAX, DEAD_MESSAGES_HANDLED_MAX);
    const isDry = oneOf("dry-run", given["dry-run"] ?? "no", ["yes", "no"]) === "yes";
    const { rows, hasMore } = await portOf(parts).list({ ...filterIn(given), status: "open", limit });
    const counts = { matching: rows.length, handled: 0, skipped: 0 };
    for (const row of isDry ? [] : rows) counts[(await isHandled(parts, row, handIn(given, action))) ? "handled" : "skipped"] += 1;
    const more = hasMore ? " There are more." : "";
    const done = `${counts.handled} of ${counts.matching} were ${action === "replay" ? "replayed" : "discarded"}, ${counts.skipped} can't be.${more}`;
    return {
      text: isDry ? `${counts.matching} match. Nothing was done.${more}` : done,
      json: { ...counts, dry_run: isDry, has_more: hasMore },
    };
  };
}

async function isHandled(parts: Parts, row: DeadMessage, hand: Hand): Promise<boolean> {
  try {
    await handleDeadMessage(handling(parts), row, hand);
    return true;
  } catch (error) {
    if (error instanceof TillwayError) return false;
    throw error;
  }
}

function handIn({ reason, by = "" }: Given<Option>, action: Hand["action"]): Hand {
  return { action, by: { kind: "cli", id: null, label: userName(), requestId: null }, name: by, reason: reason ?? null };
}

function handling(parts: Parts) {
  const { clock, random } = parts.deps;
  return { clock, random, deadMessages: portOf(parts) };
}

function portOf({ deps }: Parts): DeadMessages {
  return deps.deadMessages!;
}

function filterIn({ engine, place, text }: Given<Option>): DeadMessageFilter {
  return { engine: engine === undefined ? undefined : oneOf("engine", engine, ["redis", "kafka"] as const), place, text };
}

async function known(parts: Parts, id: string): Promise<DeadMessage> {
  const row = await portOf(parts).find(id);
  if (!row) throw new UsageError(`there is no dead message ${id}: see tillway dlq list`);
  return row;
}

function placeOf({ engine, place, partition, position }: DeadMessage): string {
  return partition === null ? `${engine} ${place}, job ${position}` : `${engine} ${place}, partition ${partition}, offset ${position}`;
}

/** Without its headers and its value, which `show` has. */
function shown(row: DeadMessage): Record<string, unknown> {
  const { id, engine, place, partition, position, reason, bytes, status } = row;
  return {
    id,
    object: "dead_message",
    status,
    engine,
    place,
    partition,
    position,
    reason,
    job_id: row.jobId,
    bytes,
    found_at: iso(row.foundAt),
    handled_at: row.handledAt === null ? null : iso(row.handledAt),
    handled_by: row.handledBy,
    handled_reason: row.handledReason,
  };
}

function limitIn({ limit }: Given<Option>, fallback: number, most: number): number {
  const count = Number(limit ?? fallback);
  if (!Number.isInteger(count) || count < 1 || count > most) throw new UsageError(`--limit takes 1 to ${most}`);
  return count;
}

function oneOf<Value extends string>(option: Option, given: string, values: readonly Value[]): Value {
  if (values.includes(given as Value)) return given as Value;
  throw new UsageError(`--${option} takes ${listed(values)}`);
}
