/**
 * Simulated gateways: a bank with its ledger, a journal of it, named scenarios and faults, behind HTTP or in the same process.
 * `startSandbox` opens one, `startGatewayServer` serves it, `inProcessTransport` reaches it without a socket. The pure parts
 * (`handle`, `apply`, `statusOf`) are here too, for callers that bring a clock of their own.
 */
export { effects, type FaultName } from "./faults.ts";
export { handle, startSandbox } from "./gateway/routes.ts";
export { inputOfToken, tokenOf } from "./gateway/inputs.ts";
export { scenarioMarkdown, type DocumentedCard } from "./gateway/scenario-docs.ts";
export { isScenarioName, scenarioTable, type ScenarioName } from "./scenarios.ts";
export { bankSettings, type Flaky, type SandboxSettings } from "./gateway/settings.ts";
export { referenceOf } from "./gateway/answers.ts";
export { sandboxVariables, settingsOf, testModeVariables, type Variable } from "./gateway/variables.ts";
export { signature, SIGNATURE_HEADER } from "./gateway/webhooks.ts";
export { createRazorpayFarSide, type RazorpayFarSide } from "./razorpay/far-side.ts";
export { signatureOf as razorpaySignature } from "./razorpay/webhooks.ts";
export { Heap } from "./heap.ts";
export type { FarReply, FarRequest, FarSide, Handled } from "./far-side.ts";
export {
  createStripeFarSide,
  STRIPE_PUBLISHABLE_KEY,
  STRIPE_TEST_KEY,
  type StripeFarSide,
  type StripeFarSideOptions,
} from "./stripe/far-side.ts";
export { STRIPE_SIGNATURE_HEADER, stripeSignature } from "./stripe/events.ts";
export { apply, emptyLedger, type Account, type Ledger, type OperationRecord, type Owed } from "./ledger.ts";
export type { Clock, HttpPort } from "./ports.ts";
export { afterTry, WEBHOOK_RETRY_GAPS_MS } from "./sender.ts";
export { startGatewayServer } from "./server.ts";
export { inProcessTransport } from "./transport.ts";
export { positions, statusOf } from "./status.ts";
