import type { Ms } from "../core/model.ts";

/**
 * What a handler says of its job; `worker/run.ts` alone acts on it. `done`: the handler's own commit has finished or moved the job.
 */
export type Handled =
  | { readonly outcome: "done" }
  | { readonly outcome: "obsolete" }
  /** `failed`: the handler threw this. */
  | { readonly outcome: "retry"; readonly at: Ms; readonly failed?: string };

export const done: Handled = { outcome: "done" };
/** Nothing to do any more: the runner deletes the job, if it still holds it. */
export const obsolete: Handled = { outcome: "obsolete" };
