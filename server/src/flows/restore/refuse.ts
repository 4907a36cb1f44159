import { TillwayError } from "../../core/errors.ts";
import { RESTORE_AGAIN_MS } from "../../core/restore.ts";
import type { Deps } from "../deps.ts";

/** Before anything is written. Throws `TillwayError` restore_mode while this database waits for its sweeps. */
export function refuseInRestore(deps: Deps): void {
  if (deps.restores?.isOpen()) throw new TillwayError("restore_mode", { retryAfterMs: RESTORE_AGAIN_MS });
}

/** The database refused a send. */
export function isRestoreMode(error: unknown): boolean {
  return error instanceof TillwayError && error.code === "restore_mode";
}
