/** What a failed statement means: whether it may have committed, and whether its changes should be tried one by one. */
import { TillwayError } from "../../core/errors.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { RESTORE_AGAIN_MS } from "../../core/restore.ts";
import { UnfitDatabase } from "./session.ts";

/** Set on errors that happened before any statement was sent. */
export class NoConnection extends Error {
  constructor(cause: unknown) {
    super(cause instanceof UnfitDatabase ? `no connection to the database: ${cause.message}` : "no connection to the database", { cause });
    this.name = "NoConnection";
  }
}

/** The SQLSTATE of a server's answer; undefined where no server answered (lost connection, our own bug). */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith("E") ? code : undefined;
}

/**
 * True where one change of a batch may have spoiled it for the others: bad data, a broken constraint, a deadlock, a timeout.
 * Such a statement was rolled back as a whole, so running its changes singly repeats nothing.
 */
export function spoiled(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined ? /^(21|22|23|40|55P03|57014|P0001|TW001)/.test(state) : isOwnBug(error);
}

/** The error to throw to the caller of one change that failed by itself. */
export function failureOf(error: unknown): Error {
  if (error instanceof StoreUnavailable) return error;
  if (error instanceof NoConnection) return new StoreUnavailable(error.message, { mayHaveCommitted: false, cause: error });
  const state = sqlState(error);
  if (state === undefined) return isOwnBug(error) ? (error as Error) : lost(error);
  if (/^(08|57P|25P0[34])/.test(state)) return lost(error);
  if (isPassing(state)) return new StoreUnavailable(`the database refuses for now (${state})`, { mayHaveCommitted: false, cause: error });
  if (state === REFUSES_SENDS) return new TillwayError("restore_mode", { retryAfterMs: RESTORE_AGAIN_MS });
  return namedError(error);
}

/** Of the trigger that stands before each send while the database is in restore mode. */
const REFUSES_SENDS = "TW001";

/** Rolled back by the server, and another time it may work: locks, deadlocks, timeouts, lack of resources, a standby. */
function isPassing(state: string): boolean {
  return /^(40|53|55P03|57014|25006)/.test(state);
}

function lost(error: unknown): StoreUnavailable {
  return new StoreUnavailable("the connection to the database was lost", { mayHaveCommitted: true, cause: error });
}

/** The server, or this session of it, takes no writes: it was a primary once, or is one again. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === "25006";
}

/** The code of an answer that says: there is no room, or the disk fails, or no writes are taken. Null: another one. */
export function refusesWrites(error: unknown): string | null {
  const state = sqlState(error);
  return state !== undefined && /^(53[12]|58|25006)/.test(state) ? state : null;
}

/** True where this connection must not be used again: nobody answered, or the server, or what stands before it, ends the session. */
export function mustClose(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|57P|25P0[34])/.test(state) || (error as { severity?: string }).severity === "FATAL";
}

/** The constraint a server's refusal names. */
export function brokenConstraint(error: unknown): string | undefined {
  return (error as { constraint?: string } | null)?.constraint;
}

/** A statement with a row of `idempotency`. A key that is taken breaks its constraint, and with it the whole statement. */
export async function orDuplicate<Done>(statement: Promise<Done>): Promise<Done | "duplicate"> {
  try {
    return await statement;
  } catch (error) {
    if (brokenConstraint((error as Error).cause) === "idempotency_pkey") return "duplicate";
    throw error;
  }
}

function namedError(error: unknown): Error {
  const { message, constraint, table } = error as { message: string; constraint?: string; table?: string };
  const place = constraint ? ` [${table ?? "?"}: ${constraint}]` : "";
  return new Error(`${message}${place}`, { cause: error });
}

/** Thrown by our own code while it built the parameters, so nothing was sent. */
function isOwnBug(error: unknown): boolean {
  return error instanceof Unsendable || error instanceof TypeError || error instanceof RangeError || isNamedTwice(error);
}

/** Two statements of ours have one name. The driver refuses the second before anything is sent, and no connection is lost by that. */
function isNamedTwice(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Prepared statements must be unique");
}

/** A row that cannot be written as a parameter. */
export class Unsendable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Unsendable";
  }
}
