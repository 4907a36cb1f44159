/** Where webhooks go. */
import { type Answer, invalid, ok } from "./errors.ts";
import type { Desk } from "./events.ts";
import type { Given } from "./params.ts";
import { type Endpoint, type Metadata, newId, STRIPE_VERSION } from "./state.ts";
import { endpointView } from "./views.ts";

const ENDPOINTS_MAX = 16;

/** Only this answer shows the secret. */
export function createEndpoint(desk: Desk, given: Given): Answer {
  const { state, now, settings } = desk;
  const version = given["api_version"] ?? STRIPE_VERSION;
  if (version !== STRIPE_VERSION) return invalid(`Invalid API version: this far side speaks ${STRIPE_VERSION}.`, "api_version");
  if (!/^https?:/.test(given["url"] as string)) return invalid("Invalid URL: an endpoint needs an HTTP address.", "url", "url_invalid");
  if (state.endpoints.size >= ENDPOINTS_MAX) return invalid(`You have reached the maximum of ${ENDPOINTS_MAX} webhook endpoints.`);
  const endpoint: Endpoint = {
    id: newId(state, "we_"),
    createdAt: now,
    url: given["url"] as string,
    events: given["enabled_events"] as readonly string[],
    secrets: [newId(state, "whsec_", 32)],
    description: (given["description"] as string | undefined) ?? null,
    metadata: (given["metadata"] as Metadata | undefined) ?? {},
  };
  state.endpoints.set(endpoint.id, endpoint);
  return ok({ ...endpointView(endpoint, settings), secret: endpoint.secrets[0] });
}
