import type { ApiDeps } from "../api/deps.ts";
import type { TestInputs } from "../core/ports/test-inputs.ts";

/** The checkout is a caller of the same flows as the API, and reads bodies as the API does. */
export interface CheckoutDeps extends ApiDeps {
  /** Where the build put the page. */
  readonly pageFolder: string;
  readonly testInputs: TestInputs;
}
