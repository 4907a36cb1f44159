/** Which address for webhooks the far side keeps, if several processes register one. */
import { expect, it } from "vitest";
import { inProcessTransport, startSandbox } from "@tillway/sandbox";
import { mockSettings } from "../../../../sandbox/src/gateway/settings.testing.ts";
import { callOf, type World } from "../conformance/world.testing.ts";
import { createSandboxConnector, type SandboxConnectorDeps } from "./connector.ts";

const clock = { now: () => 1_800_000_000_000, sleep: () => Promise.resolve() };
const credentials = { api_key: "k", webhook_secret: "s" };
const account = {
  merchantId: "mer_1",
  mode: "test",
  id: "acc_1",
  connector: "sandbox",
  priority: 1,
  status: "enabled",
  createdAt: 0,
} as const;
const method = { type: "card", connector: "sandbox", token: "tok_success", network: "visa", last4: "4242" } as const;

type Told = Pick<SandboxConnectorDeps, "webhookBaseUrl" | "isGuess">;
const api: Told = { webhookBaseUrl: "http://api.test:9000" };
const worker: Told = { webhookBaseUrl: "http://api.test:8000", isGuess: true };

it.each<[string, Told[], string | null]>([
  ["a worker's guess counts while nobody knows better", [worker], "http://api.test:8000"],
  ["the API's own address wins over an earlier guess", [worker, api], "http://api.test:9000"],
  ["a later guess does not undo it", [api, worker], "http://api.test:9000"],
  ["an API that moved is followed", [api, { webhookBaseUrl: "http://api.test:9001" }], "http://api.test:9001"],
  ["a process without an address changes nothing", [api, {}], "http://api.test:9000"],
  ["without any address there are no webhooks", [{}], null],
])("%s", async (_name, processes, kept) => {
  const farSide = await startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });
  for (const options of processes) {
    const connector = createSandboxConnector({ http: inProcessTransport(farSide), baseUrl: "http://sandbox.test", clock, ...options });
    const call = callOf({ connector, account: { ...account, credentials }, now: clock.now } as unknown as World, { method });
    expect((await connector.send(call)).outcome.kind).toBe("succeeded");
  }
  expect(farSide.ledger.accounts.get("acc_1")!.webhookUrl).toBe(kept);
});
