import type { ConnectorAccount, Endpoint } from "../core/model.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Swarm } from "./swarm.ts";

export const scope = { merchantId: "mer_00000000000000000000000001", mode: "test" } as const;

export const MERCHANT_URL = "http://merchant.invalid";

/** The merchant's accounts and endpoint, there from the start. Returns the accounts. */
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
  const endpoint: Endpoint = {
    ...scope,
    id: "whe_1",
    url: MERCHANT_URL,
    description: null,
    events: ["*"],
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
  tables.endpoints.set(endpoint.id, endpoint);
  return accounts;
}
