import type { Endpoint, Scope } from "../../core/model.ts";
import type { Deps } from "../deps.ts";

/** Sets the one endpoint of this merchant and mode. The same URL again keeps its secret; a new URL gets a new one. Throws `TillwayError` invalid_url. */
export async function setEndpoint(_deps: Deps, _scope: Scope, _input: { readonly url: string }): Promise<Endpoint> {
  throw new Error("being built");
}
