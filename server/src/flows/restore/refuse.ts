import { TillwayError } from "../../core/errors.ts";
import { RESTORE_AGAIN_MS } from "../../core/restore.ts";
import type { Deps } from "../deps.ts";

/** Before anything is written. Throws `TillwayError` restore_mode while this database waits for its sweeps. */
export function refuseInRestore(deps: Deps): void {
  if (deps.restores?.isOpen()) throw new TillwayError("restore_mode", { retryAfterMs: RESTORE_AGAIN_MS });
}

/**
 * What is said of a row that is not there. While a restore is open it may be one that the database has forgotten: "not found" would end it for a
 * caller whose money may have moved, so that one is asked to come again.
 */
export function notFound(deps: Deps, more: { readonly param?: string; readonly message?: string } = {}): TillwayError {
  refuseInRestore(deps);
  return new TillwayError("not_found", more);
}

/** The database refused a send. */
export function isRestoreMode(error: unknown): boolean {
  return error instanceof TillwayError && error.code === "restore_mode";
}
