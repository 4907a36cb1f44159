/**
 * Simulated gateways: a bank with its books, a journal of them, named scenarios and faults, behind HTTP or in the same process.
 * `startFarSide` opens the books, `startGatewayServer` serves them, `inProcessTransport` reaches them without a socket. What is pure
 * (`handle`, `apply`, `statusOf`) is here too, for whoever brings a clock of his own.
 */
export { effects, type FaultName } from "./faults.ts";
export { handle } from "./gateway/far-side.ts";
export { inputOfToken, tokenOf } from "./gateway/inputs.ts";
export { scenarioMarkdown, type DocumentedCard } from "./gateway/scenario-docs.ts";
export { isScenarioName, scenarioTable, type ScenarioName } from "./gateway/scenarios.ts";
export { bankSettings, type Flaky, type SandboxSettings } from "./gateway/settings.ts";
export { referenceOf } from "./gateway/view.ts";
export { afterTry, signature, SIGNATURE_HEADER } from "./gateway/webhooks.ts";
export type { FarReply, FarRequest, Handled } from "./gateway/wire.ts";
export { Heap } from "./heap.ts";
export { startFarSide, type FarSide } from "./host.ts";
export { apply, emptyLedger, type Account, type Ledger, type OperationRecord, type Owed } from "./ledger.ts";
export type { Clock, HttpPort } from "./ports.ts";
export { startGatewayServer } from "./server.ts";
export { inProcessTransport } from "./transport.ts";
export { positions, truthOf } from "./truth.ts";
