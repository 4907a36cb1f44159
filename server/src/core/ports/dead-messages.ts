import type { AdminAction } from "../admin-actions.ts";
import type { DeadMessage, DeadMessageFilter } from "../dead-messages.ts";
import type { Ms } from "../model.ts";
import type { PageOf } from "./reads.ts";

/** What engines brought that is no message of ours. */
export interface DeadMessages {
  /** One row, however often the same message comes. `full`: as many are open as are kept. */
  keep(message: DeadMessage): Promise<"kept" | "known" | "full">;
  /** Newest first. */
  list(page: DeadMessageFilter & { readonly limit: number; readonly after?: string }): Promise<PageOf<DeadMessage>>;
  find(id: string): Promise<DeadMessage | null>;
  /** Ends one that is open, makes its job due, and notes who did so: all of it, or nothing. */
  handle(handling: DeadMessageHandling): Promise<DeadMessageHandled>;
}

export interface DeadMessageHandling {
  readonly after: Pick<DeadMessage, "id" | "status" | "handledBy" | "handledReason">;
  readonly action: AdminAction;
  /** The job that is to be due; null: none. */
  readonly jobId: string | null;
  readonly now: Ms;
}

/** `stale`: it was not open. `busy`: a worker holds its job. `gone`: there is no such job. */
export type DeadMessageHandled = "applied" | "stale" | "busy" | "gone";
