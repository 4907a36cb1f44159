import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Endpoint, Scope } from "../../core/model.ts";
import type { Deps } from "../deps.ts";

export interface SetEndpoint {
  readonly endpoint: Endpoint;
  /** It has a new secret, which is shown now or never. */
  readonly isNew: boolean;
}

/**
 * Sets the one endpoint of this merchant and mode. The same URL again keeps its secret and enables it; a new URL gets a new
 * endpoint with a secret of its own. Throws `TillwayError` invalid_url.
 */
export async function setEndpoint(deps: Deps, scope: Scope, input: { readonly url: string }): Promise<SetEndpoint> {
  const allowed = deps.checkUrl(input.url);
  if (!allowed.ok) throw new TillwayError("invalid_url", { param: "url", message: allowed.reason, reason: allowed.reason });
  const known = await deps.settings.endpoint(scope);
  const isNew = known?.url !== input.url;
  const endpoint: Endpoint = isNew ? newEndpoint(deps, scope, input.url) : { ...known, status: "enabled", disabledReason: null };
  await deps.settings.putEndpoint(endpoint);
  return { endpoint, isNew };
}

function newEndpoint(deps: Deps, scope: Scope, url: string): Endpoint {
  const now = deps.clock.now();
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: newId("whe", now, deps.random.bytes(16)),
    url,
    status: "enabled",
    disabledReason: null,
    secret: `whsec_${base64(deps.random.bytes(32))}`,
    previousSecret: null,
    previousSecretUntil: null,
    retryIntervalsMs: null,
    createdAt: now,
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
