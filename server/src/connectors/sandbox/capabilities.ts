import type { Capabilities } from "../../core/ports/connector.ts";

/** What the sandbox promises. A simulator overrides single values to see the core cope with lesser gateways. */
export const sandboxCapabilities: Capabilities = {
  // The scenario "decline captured later" breaks every such promise, so none is made.
  declineIsFinal: false,
  idempotencyHorizonMs: 86_400_000,
  canResend: true,
  canFind: true,
  canCancel: false,
  // Finding by key may lag this much.
  settleTimeMs: 2_000,
  authorizationLifetimeMs: 604_800_000,
  operations: ["charge", "capture", "void", "refund"],
  currencies: "all",
};
