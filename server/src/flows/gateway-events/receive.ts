import type { RawWebhook } from "../../core/ports/connector.ts";
import type { Deps } from "../deps.ts";

/** Verifies raw bytes, keeps them with a job, answers. Throws `TillwayError` not_found (connector or account) or invalid_signature. */
export async function receiveGatewayEvent(_deps: Deps, _input: { readonly connector: string; readonly accountId: string; readonly raw: RawWebhook; readonly requestId: string }): Promise<{ readonly duplicate: boolean }> {
  throw new Error("being built");
}
