import type { Ms } from "../../core/model.ts";

/** What a handler says of its job; `runJob` alone acts on it. */
export type Handled =
  /** The handler's own commit has finished or moved the job. */
  | { readonly outcome: "done" }
  /** Nothing to do any more: the runner deletes the job, if it still holds it. */
  | { readonly outcome: "obsolete" }
  /** `failed`: the handler threw this. */
  | { readonly outcome: "retry"; readonly at: Ms; readonly failed?: string };

export const done: Handled = { outcome: "done" };
export const obsolete: Handled = { outcome: "obsolete" };

export function retryAt(at: Ms): Handled {
  return { outcome: "retry", at };
}
