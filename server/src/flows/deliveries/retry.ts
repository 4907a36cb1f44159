import type { Scope } from "../../core/model.ts";
import type { Deps } from "../deps.ts";

/** Sends a delivery again by hand: the schedule starts anew. Throws `TillwayError` not_found, or invalid_state while one is pending. */
export async function retryDelivery(_deps: Deps, _scope: Scope, _deliveryId: string): Promise<void> {
  throw new Error("being built");
}
