import { versions } from "../api/versions/index.ts";
import { emailOutcomes, noEmailSettings } from "../core/email.ts";
import type { AccountRow, Endpoint } from "../core/model.ts";
import { scopeKey, type Tables } from "../storage/memory/index.ts";
import { EPOCH } from "./kernel.ts";
import type { GatewayName, Swarm } from "./swarm.ts";

export const scope = { merchantId: "mer_00000000000000000000000001", mode: "test" } as const;

const MERCHANT_URL = "http://merchant.invalid";

/** The merchant's accounts and endpoints, there from the start: one gets everything, the other some. Returns the accounts. */
export function setUp(tables: Tables, swarm: Swarm): AccountRow[] {
  const [only, second = only] = swarm.gateways;
  // The far sides of Stripe and Razorpay are one account each.
  const places = second === only && only === "sandbox" ? Array.from({ length: swarm.accounts }, () => only!) : swarm.gateways;
  const accounts = places.map((connector, n): AccountRow => ({
    ...scope,
    id: `acc_${n + 1}`,
    connector,
    name: `Account ${n + 1}`,
    priority: n + 1,
    status: "enabled",
    credentials: credentials[connector](n + 1),
    credentialsSetAt: {},
    previousSecretUntil: null,
    verifiedAt: null,
    closedAt: null,
    version: 1,
    createdAt: EPOCH,
  }));
  for (const account of accounts) tables.accounts.set(account.id, account);
  for (const [id, events] of [
    ["whe_1", ["*"]],
    ["whe_2", ["payment.succeeded", "refund.*"]],
  ] as const)
    tables.endpoints.set(id, endpointOf(id, events));
  if (swarm.mail !== null) {
    const told = { enabled: true, fromName: "Shop", events: Object.values(emailOutcomes) };
    tables.emailSettings.set(scopeKey(scope), { ...noEmailSettings(scope, "eml_1"), ...told });
  }
  return accounts;
}

const credentials: Readonly<Record<GatewayName, (n: number) => AccountRow["credentials"]>> = {
  sandbox: (n) => ({ api_key: `key-${n}`, webhook_secret: `secret-${n}` }),
  stripe: (n) => ({ secret_key: `sk_test_simulated${n}`, webhook_secret: `whsec_simulated${n}` }),
  razorpay: (n) => ({ key_id: `rzp_test_simulated${n}`, key_secret: `simulated-${n}`, webhook_secret: `simulated-secret-${n}` }),
};

function endpointOf(id: string, events: readonly string[]): Endpoint {
  return {
    ...scope,
    id,
    url: `${MERCHANT_URL}/${id}`,
    description: null,
    apiVersion: versions.current,
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
