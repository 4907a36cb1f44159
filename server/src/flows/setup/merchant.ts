import type { Deps } from "../deps.ts";

export interface CreatedMerchant {
  readonly merchantId: string;
  readonly key: string;
  readonly secret: string;
  readonly accountId: string;
}

/** Creates a merchant with one API key of mode `test` and a sandbox account. */
export async function createMerchant(_deps: Deps, _input: { readonly name: string; readonly email: string }): Promise<CreatedMerchant> {
  throw new Error("being built");
}
