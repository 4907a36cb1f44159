import type { ConnectorAccount, Endpoint } from "../core/model.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Swarm } from "./swarm.ts";

export const scope = { merchantId: "mer_00000000000000000000000001", mode: "test" } as const;

const MERCHANT_URL = "http://merchant.invalid";

/** The merchant's accounts and endpoints, there from the start: one gets everything, the other some. Returns the accounts. */
export function setUp(tables: Tables, swarm: Swarm): ConnectorAccount[] {
  const accounts = Array.from({ length: swarm.accounts }, (_, n): ConnectorAccount => ({
    ...scope,
    id: `acc_${n + 1}`,
    connector: "sandbox",
    priority: n + 1,
    status: "enabled",
    credentials: { api_key: `key-${n + 1}`, webhook_secret: `secret-${n + 1}` },
    createdAt: 0,
  }));
  for (const account of accounts) tables.accounts.set(account.id, account);
  for (const [id, events] of [
    ["whe_1", ["*"]],
    ["whe_2", ["payment.succeeded", "refund.*"]],
  ] as const)
    tables.endpoints.set(id, endpointOf(id, events));
  return accounts;
}

function endpointOf(id: string, events: readonly string[]): Endpoint {
  return {
    ...scope,
    id,
    url: `${MERCHANT_URL}/${id}`,
    description: null,
    events,
    status: "enabled",
    disabledReason: null,
    disabledAt: null,
    goneSince: null,
    secret: "whsec_",
    secretCreatedAt: 0,
    previousSecret: null,
    previousSecretUntil: null,
    headers: {},
    retryIntervalsMs: null,
    breakerUntil: null,
    breakerTrips: 0,
    predecessors: [],
    version: 1,
    createdAt: 0,
  };
}
