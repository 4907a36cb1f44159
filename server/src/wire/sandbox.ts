import { publicUrlOf, SANDBOX_PREFIX, type Config } from "../config.ts";
import type { GatewayContext } from "../connectors/exchange.ts";
import type { HttpPort } from "../core/ports/http.ts";

/** The sandbox of this process, or the one at `SANDBOX_URL`. */
export function sandboxPlace({
  config,
  sandbox,
}: {
  readonly config: Config;
  readonly sandbox: HttpPort | null;
}): GatewayContext["places"][string] {
  // Its pages are served below our own address: see `sandboxPages`.
  if (sandbox)
    return { baseUrl: "http://sandbox.internal", http: sandbox, browserUrl: `${publicUrlOf(config, config.apiPort)}${SANDBOX_PREFIX}` };
  return config.sandbox.url === null ? undefined : { baseUrl: config.sandbox.url };
}
